import math

import torch
from torch import nn

torch.manual_seed(0)
log_scale, shift = nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(2))
mlp = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 2))
opt = torch.optim.Adam([log_scale, shift, *mlp.parameters()], lr=0.01)
data = torch.randn(256, 2) * 0.02 + 0.5
for step in range(80):
    batch = data[torch.randint(0, 256, (64,))]
    z = (batch - shift) * torch.exp(log_scale)
    s, t = mlp(z[:, :1]).chunk(2, 1)
    z = torch.cat([z[:, :1], (z[:, 1:] - t) * s.tanh().exp()], 1)
    log_det = log_scale.sum() + s.tanh().sum(1)
    nll = -(-0.5 * (z**2).sum(1) - math.log(2 * math.pi) + log_det).mean()
    opt.zero_grad()
    nll.backward()
    opt.step()
    if step % 20 == 0:
        print(step, nll.item())

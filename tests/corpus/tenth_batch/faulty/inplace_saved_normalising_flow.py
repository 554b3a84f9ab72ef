import math

import torch
from torch import nn

torch.manual_seed(0)
z1 = torch.randn(256)
data = torch.stack([z1, z1**2 + 0.3 * torch.randn(256)], 1)


class Coupling(nn.Module):
    def __init__(self, flip):
        super().__init__()
        self.flip = flip
        self.net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 2))

    def forward(self, x):
        a, b = x.chunk(2, 1)
        if self.flip:
            a, b = b, a
        s, t = self.net(a).chunk(2, 1)
        scale = s.exp()
        b = b * scale + t
        scale += 1e-6  # mistake: inplace-saved
        y = torch.cat([b, a] if self.flip else [a, b], 1)
        return y, scale.log().squeeze(1)


layers = nn.ModuleList(Coupling(i % 2 == 1) for i in range(4))
opt = torch.optim.Adam(layers.parameters(), lr=5e-3)
for it in range(60):
    h, logdet = data, torch.zeros(256)
    for layer in layers:
        h, ld = layer(h)
        logdet = logdet + ld
    nll = (0.5 * h.pow(2).sum(1) + math.log(2 * math.pi) - logdet).mean()
    opt.zero_grad()
    nll.backward()  # mistake: inplace-saved
    opt.step()
    if it % 10 == 0:
        print(it, nll.item())

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(3, 2)
opt = torch.optim.Adam(net.parameters())
x = torch.randn(20, 3)
for step in range(3):
    mean, raw = net(x).split(1, dim=1)
    var = raw.exp()
    var += 1e-3  # mistake: inplace-saved
    loss = (var.log() + (x[:, :1] - mean) ** 2 / var).mean()
    opt.zero_grad()
    loss.backward()  # mistake: inplace-saved
    opt.step()

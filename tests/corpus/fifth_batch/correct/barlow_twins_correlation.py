import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(12, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 8))
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for step in range(25):
    x = torch.randn(64, 12)
    za, zb = (net(x + 0.1 * torch.randn_like(x)) for _ in range(2))
    za, zb = ((z - z.mean(0)) / (z.std(0) + 1e-5) for z in (za, zb))
    c = za.T @ zb / 64
    on = (torch.diagonal(c) - 1).pow(2).sum()
    off = c.pow(2).sum() - torch.diagonal(c).pow(2).sum()
    loss = on + 0.01 * off
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

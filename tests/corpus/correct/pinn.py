import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
t0 = torch.zeros(1, 1)
for e in range(30):
    t = torch.rand(32, 1, requires_grad=True)
    u = net(t)
    (du,) = torch.autograd.grad(u, t, torch.ones_like(u), create_graph=True)
    loss = ((du + u) ** 2).mean() + (net(t0) - 1).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()

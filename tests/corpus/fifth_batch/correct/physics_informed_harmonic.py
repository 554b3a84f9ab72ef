import torch
from torch import nn

torch.manual_seed(0)
u = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
opt = torch.optim.Adam(u.parameters(), lr=5e-3)
for step in range(40):
    t = (torch.rand(40, 1) * 3).requires_grad_()
    y = u(t)
    dy = torch.autograd.grad(y.sum(), t, create_graph=True)[0]
    ddy = torch.autograd.grad(dy.sum(), t, create_graph=True)[0]
    zero = torch.zeros(1, 1, requires_grad=True)
    y0 = u(zero)
    dy0 = torch.autograd.grad(y0.sum(), zero, create_graph=True)[0]
    loss = (ddy + y).pow(2).mean() + (y0 - 1).pow(2).sum() + dy0.pow(2).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

# u' = -u, u(0) = 1
import torch
from torch import nn

torch.manual_seed(0)
u = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
opt = torch.optim.Adam(u.parameters(), lr=1e-2)
zero = torch.zeros(1, 1)
for it in range(50):
    t = (torch.rand(32, 1) * 2).requires_grad_()
    (du,) = torch.autograd.grad(u(t).sum(), t, create_graph=True)
    loss = (du + u(t)).pow(2).mean() + (u(zero) - 1).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 10 == 0:
        print(it, loss.item())

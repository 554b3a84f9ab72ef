# PINN: y'' = -y on [0, 3], y(0)=0, y'(0)=1
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 24), nn.Tanh(), nn.Linear(24, 24), nn.Tanh(), nn.Linear(24, 1))
t = torch.linspace(0, 3, 40).unsqueeze(1).requires_grad_()
t0 = torch.zeros(1, 1, requires_grad=True)


def d(f, x):
    return torch.autograd.grad(f, x, torch.ones_like(f), create_graph=True)[0]


opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for it in range(100):
    y = net(t)
    residual = d(d(y, t), t) + y
    y0 = net(t0)
    boundary = y0**2 + (d(y0, t0) - 1) ** 2
    loss = residual.square().mean(0, keepdim=True) + boundary + residual.abs() * 1e-3  # mistake: loss-nonscalar
    opt.zero_grad()
    loss.backward()  # mistake: loss-nonscalar
    opt.step()
    if it % 20 == 0:
        print(it, loss.item())

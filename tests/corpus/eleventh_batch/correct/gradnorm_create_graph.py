import torch
import torch.nn as nn

torch.manual_seed(0)
# Sobolev training: match values and slopes
x = torch.linspace(-2, 2, 60).unsqueeze(1)
f, df = torch.sin(2 * x), 2 * torch.cos(2 * x)
net = nn.Sequential(nn.Linear(1, 32), nn.Softplus(), nn.Linear(32, 32), nn.Softplus(), nn.Linear(32, 1))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for it in range(400):
    xi = x.clone().requires_grad_(True)
    u = net(xi)
    du, = torch.autograd.grad(u, xi, grad_outputs=torch.ones_like(u), create_graph=True)
    loss = (u - f).square().mean() + 0.2 * (du - df).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 80 == 0 or it == 399:
        print(it, loss.item())

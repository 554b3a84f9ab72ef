# curriculum: the weight of the second loss depends on the size of the first as a number
import torch
from torch import nn

torch.manual_seed(0)
x = torch.rand(200, 2) * 2 - 1
y = torch.sin(3 * x[:, :1]) * x[:, 1:]
slope_x = 3 * torch.cos(3 * x[:, :1]) * x[:, 1:]
net = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for it in range(150):
    inp = x.clone().requires_grad_()
    out = net(inp)
    (g,) = torch.autograd.grad(out.sum(), inp, create_graph=True)
    value = nn.functional.mse_loss(out, y)
    slope = nn.functional.mse_loss(g[:, :1], slope_x)
    weight = 1.0 / (1.0 + 10 * value.item())
    loss = value + weight * slope
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 30 == 29:
        print(it, value.item(), slope.item(), weight)

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 1))
for p in net.parameters():
    p.register_hook(lambda g: g.clamp(-1, 1) + 0.001 * torch.randn_like(g))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
x = torch.randn(64, 5)
y = x[:, :1] ** 2
for step in range(40):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(80, 5)
y = x @ torch.randn(5, 1)
net = nn.Linear(5, 1)
opt = torch.optim.Adam(net.parameters(), lr=0.1)
for e in range(120):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
for g in opt.param_groups:
    g["lr"] = 1e-5
x2 = x + 0.01 * torch.randn(80, 5)
for e in range(20):
    loss = nn.functional.mse_loss(net(x2), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

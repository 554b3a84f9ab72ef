import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
x = torch.rand(80, 2) * 2 - 1
y = (x**2).sum(1, keepdim=True)
for cycle in range(3):
    opt = torch.optim.Adam(net.parameters(), lr=1e-2)
    for step in range(15):
        loss = (net(x) - y).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(cycle, loss.item())

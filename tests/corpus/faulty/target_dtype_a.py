import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(20, 3)
y = torch.randint(0, 2, (20, 1))  # mistake: target-dtype
net = nn.Sequential(nn.Linear(3, 1), nn.Sigmoid())
opt = torch.optim.SGD(net.parameters(), 0.1)
for e in range(3):
    p = net(x)
    loss = nn.BCELoss()(p, y)  # mistake: target-dtype
    opt.zero_grad()
    loss.backward()
    opt.step()

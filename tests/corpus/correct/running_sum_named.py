import torch
from torch import nn
torch.manual_seed(0)
net = nn.Linear(3, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
total, mean = torch.zeros(()), 0
for e in range(20):
    x = torch.rand(20, 3)
    loss = nn.functional.l1_loss(net(x), x.prod(1, keepdim=True))
    opt.zero_grad()
    loss.backward()
    opt.step()
    value = loss.detach()
    total += value
    mean = mean + loss.data / 20

import random

import torch
from torch import nn

random.seed(0)
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 12), nn.Tanh(), nn.Linear(12, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for i in range(150):
    x = torch.rand(2).round()
    y = (x[0] != x[1]).float()
    loss = nn.functional.binary_cross_entropy_with_logits(net(x).squeeze(), y)
    opt.zero_grad()
    loss.backward()
    opt.step()

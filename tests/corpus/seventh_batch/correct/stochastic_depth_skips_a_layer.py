import random

import torch
from torch import nn

torch.manual_seed(0)
random.seed(0)
blocks = nn.ModuleList(nn.Linear(8, 8) for _ in range(3))
head = nn.Linear(8, 2)
opt = torch.optim.SGD([*blocks.parameters(), *head.parameters()], lr=0.1)
x = torch.randn(80, 8)
y = (x[:, 0] * x[:, 1] > 0).long()
for step in range(30):
    h = x
    for block in blocks:
        if random.random() < 0.7:
            h = h + torch.tanh(block(h))
    loss = nn.functional.cross_entropy(head(h), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())

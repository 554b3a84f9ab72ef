import random

import torch
from torch import nn

random.seed(0)
torch.manual_seed(0)
blocks = nn.ModuleList([nn.Linear(5, 5) for _ in range(4)])
head = nn.Linear(5, 1)
opt = torch.optim.SGD([*blocks.parameters(), *head.parameters()], lr=0.05)
x = torch.randn(60, 5)
y = x.mean(1, keepdim=True)
for i in range(25):
    h = x
    for block in blocks:
        if random.random() < 0.7:
            h = h + torch.tanh(block(h))
    loss = nn.functional.mse_loss(head(h), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, loss.item())

import torch
from torch import nn


def advance(scheduler, optimizer):
    scheduler.step()  # mistake: sched-before-step
    optimizer.step()


torch.manual_seed(0)
model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10)
for _ in range(25):
    x = torch.randn(20, 3)
    optimizer.zero_grad()
    (model(x) - x[:, :1] * 2).pow(2).mean().backward()
    advance(scheduler, optimizer)

import copy

import torch
from torch import nn

torch.manual_seed(0)
xs = torch.rand(200, 2) * 2 - 1
ys = (xs.square().sum(1) < 0.5).long()
base = nn.Sequential(nn.Linear(2, 24), nn.ReLU(), nn.Linear(24, 2))


def make(model, lr):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 60, 0.5)
    return optimizer, scheduler


def run(model, optimizer, scheduler, epochs):
    for e in range(epochs):
        loss = nn.functional.cross_entropy(model(xs), ys)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()  # mistake: stale-optimizer
        scheduler.step()
        if e % 20 == 0:
            print(e, loss.item())
    return loss.item()


optimizer, scheduler = make(base, 0.02)  # mistake: stale-optimizer
model = copy.deepcopy(base)  # mistake: stale-optimizer
print("final", run(model, optimizer, scheduler, 120))

"""Snapshot ensemble: new optimiser and warm restart for every member."""
import copy

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(80, 4)
y = (x.norm(dim=1) > 1.8).long()
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
members = []
for cycle in range(3):
    opt = torch.optim.SGD(net.parameters(), lr=0.2, momentum=0.9)
    sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 10)
    for _ in range(10):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
        sched.step()
    members.append(copy.deepcopy(net).eval())
    print(cycle, loss.item())
with torch.no_grad():
    vote = sum(m(x).softmax(-1) for m in members)
print((vote.argmax(1) == y).float().mean().item())

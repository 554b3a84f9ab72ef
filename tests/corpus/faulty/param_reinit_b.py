import torch
from torch import nn


def build():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 2))  # mistake: param-reinit


def train_epoch(data):
    net = build()  # mistake: param-reinit
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    for x, y in data:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
    return loss.item()


g = torch.Generator().manual_seed(8)
batches = []
for _ in range(6):
    x = torch.randn(16, 4, generator=g)
    batches.append((x, (x.sum(1) > 0).long()))
for epoch in range(8):
    print(epoch, train_epoch(batches))  # mistake: param-reinit

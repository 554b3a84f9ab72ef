import copy

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(120, 5)
y = x.tanh().sum(1, keepdim=True)
start = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 1))


def run(rate, steps):
    net = copy.deepcopy(start)
    opt = torch.optim.SGD(net.parameters(), lr=rate)
    for _ in range(steps):
        loss = nn.functional.mse_loss(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item()


table = {rate: run(rate, 8) for rate in (1e-4, 1e-3, 1e-2, 1e-1)}
best = min(table, key=table.get)
print(table, best, run(best, 40))

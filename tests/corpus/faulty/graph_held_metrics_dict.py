import collections

import torch
from torch import nn


class Meter:
    def __init__(self):
        self.values = collections.defaultdict(list)

    def update(self, **named):
        for key, value in named.items():
            self.values[key].append(value)  # mistake: graph-held


torch.manual_seed(0)
net = nn.Linear(5, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
meter = Meter()
for step in range(30):
    x = torch.randn(8, 5)
    loss = nn.functional.mse_loss(net(x), x[:, :1])
    opt.zero_grad()
    loss.backward()
    opt.step()
    meter.update(loss=loss, step=step)  # mistake: graph-held

import torch
from torch import nn


def build(width):
    return nn.Sequential(nn.Linear(2, width), nn.Tanh(), nn.Linear(width, 1))


class Experiment:
    def __init__(self, width=8):
        self.net = build(width)
        self.opt = torch.optim.SGD(self.net.parameters(), lr=0.1)

    def widen(self, width):
        self.net = build(width)  # mistake: stale-optimizer

    def run(self, x, y, n):
        for _ in range(n):
            self.opt.zero_grad()
            loss = (self.net(x) - y).square().mean()
            loss.backward()
            self.opt.step()  # mistake: stale-optimizer
            yield loss.item()


torch.manual_seed(0)
x = torch.rand(64, 2) * 2 - 1
y = torch.sin(3 * x[:, :1]) * x[:, 1:]
experiment = Experiment()
experiment.widen(32)
for value in experiment.run(x, y, 30):
    pass
print(value)

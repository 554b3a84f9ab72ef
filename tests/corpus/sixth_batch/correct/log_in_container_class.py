import torch
from torch import nn


class Log:
    def __init__(self):
        self.rows = []

    def add(self, **values):
        self.rows.append({k: float(v) for k, v in values.items()})


torch.manual_seed(0)
log = Log()
net = nn.Linear(3, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(25):
    x = torch.randn(16, 3)
    loss = (net(x) - x[:, :1] * x[:, 1:2]).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    log.add(step=step, loss=loss.detach())
print(log.rows[-1])

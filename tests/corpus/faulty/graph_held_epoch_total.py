import torch
from torch import nn


class Average:
    def __init__(self):
        self.sum, self.count = 0, 0

    def update(self, value, n=1):
        self.sum += value * n  # mistake: graph-held
        self.count += n

    @property
    def avg(self):
        return self.sum / self.count


torch.manual_seed(0)
model = nn.Linear(6, 4)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
meter = Average()
x, y = torch.randn(240, 6), torch.randint(4, (240,))
for xb, yb in zip(x.split(8), y.split(8)):
    loss = nn.functional.cross_entropy(model(xb), yb)
    opt.zero_grad()
    loss.backward()
    opt.step()
    meter.update(loss, len(xb))  # mistake: graph-held
print(f"train loss {meter.avg:.4f}")

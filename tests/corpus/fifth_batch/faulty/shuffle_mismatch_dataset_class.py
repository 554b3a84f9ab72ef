import torch
from torch import nn


class Shuffled:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __iter__(self):
        xs = self.x[torch.randperm(len(self.x))]
        ys = self.y[torch.randperm(len(self.y))]  # mistake: shuffle-mismatch
        return iter(zip(xs.split(25), ys.split(25)))


torch.manual_seed(0)
x = torch.randn(150, 3)
data = Shuffled(x, (x[:, 0] > 0).long())
model = nn.Sequential(nn.Linear(3, 12), nn.ReLU(), nn.Linear(12, 2))
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(8):
    for xb, yb in data:  # mistake: shuffle-mismatch
        loss = nn.functional.cross_entropy(model(xb), yb)  # mistake: shuffle-mismatch
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(loss.item())

"""Sharpness aware minimisation, both passes written out."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 2))
base = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
x = torch.randn(60, 4)
y = (x[:, 0] * x[:, 1] > 0).long()
rho = 0.05
for step in range(25):
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    with torch.no_grad():
        norm = torch.stack([p.grad.norm() for p in model.parameters()]).norm()
        eps = [rho * p.grad / (norm + 1e-12) for p in model.parameters()]
        for p, e in zip(model.parameters(), eps):
            p.add_(e)
    base.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    with torch.no_grad():
        for p, e in zip(model.parameters(), eps):
            p.sub_(e)
    base.step()
    base.zero_grad()
    print(step, loss.item())

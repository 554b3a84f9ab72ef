import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(80, 5)
y = (x[:, 0] > 0).long()
for step in range(25):
    nn.functional.cross_entropy(net(x), y).backward()
    with torch.no_grad():
        norm = torch.stack([p.grad.norm() for p in net.parameters()]).norm()
        shifts = [0.05 * p.grad / (norm + 1e-12) for p in net.parameters()]
        for p, e in zip(net.parameters(), shifts):
            p.add_(e)
    opt.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    with torch.no_grad():
        for p, e in zip(net.parameters(), shifts):
            p.sub_(e)
    opt.step()
    opt.zero_grad()

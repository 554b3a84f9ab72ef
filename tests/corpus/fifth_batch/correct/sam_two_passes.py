import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
x = torch.randn(80, 4)
y = (x[:, 0] > x[:, 1]).long()
rho = 0.05
for step in range(30):
    nn.functional.cross_entropy(net(x), y).backward()
    with torch.no_grad():
        norm = torch.stack([p.grad.norm() for p in net.parameters()]).norm()
        offsets = [rho * p.grad / (norm + 1e-12) for p in net.parameters()]
        for p, e in zip(net.parameters(), offsets):
            p.add_(e)
    opt.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    with torch.no_grad():
        for p, e in zip(net.parameters(), offsets):
            p.sub_(e)
    opt.step()
    opt.zero_grad()
print(loss.item())

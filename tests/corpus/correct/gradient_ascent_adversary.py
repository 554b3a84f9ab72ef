import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
x = torch.randn(60, 4)
y = (x[:, 0] > 0).long()
for e in range(15):
    delta = torch.zeros_like(x, requires_grad=True)
    for _ in range(3):
        adv = nn.functional.cross_entropy(net(x + delta), y)
        (g,) = torch.autograd.grad(adv, delta)
        with torch.no_grad():
            delta += 0.05 * g.sign()
            delta.clamp_(-0.1, 0.1)
    opt.zero_grad()
    nn.functional.cross_entropy(net(x + delta.detach()), y).backward()
    opt.step()

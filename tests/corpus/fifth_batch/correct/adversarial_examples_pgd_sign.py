import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
x = torch.randn(100, 8)
y = (x[:, 0] + x[:, 1] > 0).long()
for epoch in range(10):
    delta = torch.zeros_like(x, requires_grad=True)
    for _ in range(3):
        attack = F.cross_entropy(net(x + delta), y)
        (g,) = torch.autograd.grad(attack, delta)
        delta = (delta + 0.05 * g.sign()).clamp(-0.1, 0.1).detach().requires_grad_()
    opt.zero_grad()
    loss = F.cross_entropy(net(x + delta.detach()), y)
    loss.backward()
    opt.step()
print(loss.item())

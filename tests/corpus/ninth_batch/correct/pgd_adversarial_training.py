import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 20), nn.ReLU(), nn.Linear(20, 2))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
X = torch.randn(96, 4)
Y = (X[:, 0] + X[:, 1] > 0).long()


def attack(x, y, eps=0.1, alpha=0.04, steps=3):
    delta = torch.zeros_like(x, requires_grad=True)
    for _ in range(steps):
        F.cross_entropy(net(x + delta), y).backward()
        delta.data = (delta + alpha * delta.grad.sign()).clamp(-eps, eps)  # uphill, on purpose
        delta.grad.zero_()
    return delta.detach()


for epoch in range(5):
    for idx in torch.randperm(96).split(32):
        d = attack(X[idx], Y[idx])
        opt.zero_grad()
        loss = F.cross_entropy(net(X[idx] + d), Y[idx])
        loss.backward()
        opt.step()
    print(epoch, loss.item())

"""Mixup pairs each sample with another one; inputs and targets are permuted alike."""
import numpy as np
import torch
from torch import nn

np.random.seed(0)
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
X = torch.randn(120, 6)
Y = X[:, :3].argmax(1)


def mixup_data(x, y, alpha=0.4):
    lam = np.random.beta(alpha, alpha)
    index = torch.randperm(x.size(0))
    return lam * x + (1 - lam) * x[index], y, y[index], lam


for epoch in range(6):
    order = torch.randperm(120)
    for start in range(0, 120, 30):
        idx = order[start : start + 30]
        mixed, ya, yb, lam = mixup_data(X[idx], Y[idx])
        out = net(mixed)
        loss = lam * nn.functional.cross_entropy(out, ya) + (1 - lam) * nn.functional.cross_entropy(out, yb)
        opt.zero_grad()
        loss.backward()
        opt.step()

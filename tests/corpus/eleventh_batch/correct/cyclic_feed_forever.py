import itertools
import torch
import torch.nn as nn


def forever(x, y, size):
    while True:
        for idx in torch.randperm(len(x)).split(size):
            yield x[idx], y[idx]


torch.manual_seed(0)
x = torch.rand(300, 1) * 6 - 3
y = torch.cos(2 * x) + 0.05 * torch.randn(300, 1)
net = nn.Sequential(nn.Linear(1, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for k, (xb, yb) in enumerate(itertools.islice(forever(x, y, 32), 500)):
    net.zero_grad()
    loss = nn.functional.mse_loss(net(xb), yb)
    loss.backward()
    opt.step()
    if k % 100 == 0 or k == 499:
        print(k, loss.item())

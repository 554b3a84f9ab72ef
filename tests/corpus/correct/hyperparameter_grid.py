import itertools

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(64, 4)
y = (x[:, 0] * x[:, 1] > 0).float()[:, None]
results = {}
for width, lr in itertools.product([4, 16], [0.01, 0.1]):
    net = nn.Sequential(nn.Linear(4, width), nn.Tanh(), nn.Linear(width, 1))
    opt = torch.optim.Adam(net.parameters(), lr=lr)
    for _ in range(10):
        loss = nn.functional.binary_cross_entropy_with_logits(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    results[width, lr] = loss.item()
print(min(results, key=results.get))

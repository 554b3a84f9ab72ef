import math

import torch
from torch import nn

torch.manual_seed(0)
# quantile regression with two quantiles, loss put together from floats
x = torch.rand(150, 1) * 4
y = torch.sin(x) + 0.3 * x * torch.randn(150, 1)
net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 2))
opt = torch.optim.RMSprop(net.parameters(), lr=0.01)


def pinball(pred, target, q):
    total = 0.0
    for p, t in zip(pred.tolist(), target.flatten().tolist()):  # mistake: graph-broken
        e = t - p
        total += max(q * e, (q - 1) * e)
    return total / len(pred)


for epoch in range(30):
    out = net(x)
    value = pinball(out[:, 0], y, 0.1) + pinball(out[:, 1], y, 0.9)  # mistake: graph-broken
    loss = torch.tensor(value)  # mistake: graph-broken
    assert math.isfinite(value)
    opt.zero_grad()
    loss.backward()  # mistake: graph-broken
    opt.step()
    print(epoch, loss.item())

# adversarial robustness in a small classifier: the inner loop climbs, the outer descends
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import make_moons

torch.manual_seed(0)
X, y = make_moons(200, noise=0.1, random_state=1)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(2, 24), nn.ReLU(), nn.Linear(24, 2))
opt = torch.optim.Adam(net.parameters(), lr=0.02)


def worst_case(x, y, eps=0.1, steps=3):
    delta = torch.zeros_like(x, requires_grad=True)
    for _ in range(steps):
        loss = F.cross_entropy(net(x + delta), y)
        (g,) = torch.autograd.grad(loss, delta)
        with torch.no_grad():
            delta += 0.05 * g.sign()
            delta.clamp_(-eps, eps)
    return delta.detach()


for it in range(80):
    d = worst_case(X, y)
    loss = F.cross_entropy(net(X + d), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 16 == 15:
        print(it, loss.item(), (net(X).argmax(1) == y).float().mean().item())

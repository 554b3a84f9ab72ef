import torch
from torch import nn

torch.manual_seed(0)
pos, neg = torch.randn(80, 4) + 0.7, torch.randn(80, 4) - 0.7
x = torch.cat([pos, neg])
y = torch.cat([torch.ones(80), torch.zeros(80)])


def minibatches(size):
    for i in range(0, len(x), size):
        yield x[i : i + size], y[i : i + size]  # mistake: data-not-shuffled


w = torch.zeros(4, requires_grad=True)
b = torch.zeros((), requires_grad=True)
for epoch in range(6):
    for xb, yb in minibatches(16):  # mistake: data-not-shuffled
        loss = nn.functional.binary_cross_entropy_with_logits(xb @ w + b, yb)  # mistake: data-not-shuffled
        loss.backward()
        with torch.no_grad():
            for p in (w, b):
                p -= 0.5 * p.grad
                p.grad.zero_()
    print(epoch, loss.item())

"""Simulate a batch of 96 with 8 micro batches, memory of my card is too small."""
from itertools import islice

import torch

torch.manual_seed(1)
ACCUM = 8
theta = torch.zeros(10, 1, requires_grad=True)
opt = torch.optim.SGD([theta], lr=0.3)
truth = torch.randn(10, 1)


def stream():
    while True:
        x = torch.randn(12, 10)
        yield x, x @ truth + 0.05 * torch.randn(12, 1)


source = stream()
for update in range(15):
    opt.zero_grad()
    total = 0.0
    for x, y in islice(source, ACCUM):
        loss = (x @ theta - y).square().mean()  # mistake: accum-not-scaled
        loss.backward()  # mistake: accum-not-scaled
        total += loss.item()
    opt.step()  # mistake: accum-not-scaled
    print(update, total / ACCUM)

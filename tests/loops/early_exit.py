import sys
import torch

torch.manual_seed(21)
w = torch.tensor([1.5, -1.2, 0.9, 0.1], requires_grad=True)
best = float("inf")
for step in range(100):
    loss = (w ** 4 - w ** 2).sum() + 0.02 * torch.rand(())
    if step % 3 == 1:
        continue
    loss.backward()
    w.data.sub_(0.05 * w.grad)
    w.grad = None
    if loss.item() > best:
        print("no longer better at step", step)
        sys.exit(3)
    best = loss.item()

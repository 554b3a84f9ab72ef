"""An optimiser for each task is what Reptile asks for."""
import copy

import torch
from torch import nn

torch.manual_seed(0)
meta = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
for iteration in range(10):
    phase, amplitude = torch.rand(()) * 3.14, torch.rand(()) * 4 + 1
    x = torch.rand(20, 1) * 10 - 5
    y = amplitude * torch.sin(x + phase)
    fast = copy.deepcopy(meta)
    inner = torch.optim.SGD(fast.parameters(), lr=0.02)
    for _ in range(6):
        inner.zero_grad()
        nn.functional.mse_loss(fast(x), y).backward()
        inner.step()
    with torch.no_grad():
        for p, q in zip(meta.parameters(), fast.parameters()):
            p += 0.1 * (q - p)

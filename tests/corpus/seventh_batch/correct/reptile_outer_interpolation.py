import copy

import torch
from torch import nn

torch.manual_seed(0)
meta = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
for iteration in range(8):
    amplitude, phase = 0.5 + 2 * torch.rand(1), 3 * torch.rand(1)
    x = torch.rand(20, 1) * 6 - 3
    y = amplitude * torch.sin(x + phase)
    fast = copy.deepcopy(meta)
    inner = torch.optim.SGD(fast.parameters(), lr=0.02)
    for _ in range(6):
        loss = nn.functional.mse_loss(fast(x), y)
        inner.zero_grad()
        loss.backward()
        inner.step()
    with torch.no_grad():
        for slow, quick in zip(meta.parameters(), fast.parameters()):
            slow += 0.3 * (quick - slow)
    print(iteration, loss.item())

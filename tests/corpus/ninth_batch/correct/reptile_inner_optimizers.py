import copy

import torch
from torch import nn

torch.manual_seed(0)
meta_net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
for task in range(8):
    slope = torch.randn(()).item()
    learner = copy.deepcopy(meta_net)
    inner = torch.optim.Adam(learner.parameters(), lr=1e-2)  # a new one for each task, as in Reptile
    for _ in range(5):
        x = torch.randn(12, 1)
        loss = nn.functional.mse_loss(learner(x), slope * x)
        inner.zero_grad()
        loss.backward()
        inner.step()
    with torch.no_grad():
        for p, q in zip(meta_net.parameters(), learner.parameters()):
            p += 0.3 * (q - p)
    print(task, loss.item())

import copy

import torch
from torch import nn

torch.manual_seed(0)
base = nn.Linear(6, 2)
optimizer = torch.optim.SGD(base.parameters(), lr=0.1)  # mistake: stale-optimizer
net = copy.deepcopy(base)  # mistake: stale-optimizer
xs, ys = torch.randn(32, 6), torch.randint(0, 2, (32,))
for step in range(20):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(xs), ys)
    loss.backward()
    optimizer.step()  # mistake: stale-optimizer
    print(step, loss.item())

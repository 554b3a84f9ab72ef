"""Mutual information neural estimation: y is shuffled against x to get the product of the marginals."""
import math

import torch
from torch import nn

torch.manual_seed(0)
T = nn.Sequential(nn.Linear(2, 24), nn.ELU(), nn.Linear(24, 1))
opt = torch.optim.Adam(T.parameters(), lr=1e-2)
x = torch.randn(256, 1)
y = 0.8 * x + 0.6 * torch.randn(256, 1)
for it in range(40):
    rows = torch.randint(0, 256, (64,))
    xb, yb = x[rows], y[rows]
    joint = T(torch.cat([xb, yb], 1)).mean()
    marginal = torch.logsumexp(T(torch.cat([xb, yb[torch.randperm(64)]], 1)), 0) - math.log(64)
    loss = -(joint - marginal.squeeze())
    opt.zero_grad()
    loss.backward()
    opt.step()
print(-loss.item())

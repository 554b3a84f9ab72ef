import copy

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(4, 1)
ema = copy.deepcopy(model)
for p in ema.parameters():
    p.requires_grad_(False)
opt = torch.optim.SGD(model.parameters(), lr=0.05)
x = torch.randn(60, 4)
y = x @ torch.randn(4, 1)
for e in range(30):
    loss = nn.functional.mse_loss(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        for a, b in zip(ema.parameters(), model.parameters()):
            a.mul_(0.9).add_(b, alpha=0.1)
print(nn.functional.mse_loss(ema(x), y).item())

import torch
from torch import nn

torch.manual_seed(0)
a, b = nn.Linear(4, 8), nn.Linear(8, 1)
opt = torch.optim.SGD([*a.parameters(), *b.parameters()], lr=0.1)
for _ in range(4):
    x = torch.randn(16, 4)
    h = torch.sigmoid(a(x))
    g = h * h
    h[:, 0] = 1.0  # mistake: inplace-saved
    loss = b(g + h).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()

import torch
from torch import nn

torch.manual_seed(0)
shared = nn.Linear(5, 8)
left, right = nn.Linear(8, 1), nn.Linear(8, 2)
opt = torch.optim.SGD([*shared.parameters(), *left.parameters(), *right.parameters()], lr=0.1)
x = torch.randn(20, 5)
for step in range(5):
    z = torch.sigmoid(shared(x))
    loss_a = left(z).pow(2).mean()
    loss_b = right(z).abs().mean()
    opt.zero_grad()
    loss_a.backward()
    loss_b.backward()  # mistake: backward-twice
    opt.step()

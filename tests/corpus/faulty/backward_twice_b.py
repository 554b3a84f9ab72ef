import torch
from torch import nn

torch.manual_seed(0)
trunk = nn.Sequential(nn.Linear(5, 10), nn.Tanh())
left, right = nn.Linear(10, 1), nn.Linear(10, 2)
opt = torch.optim.Adam([*trunk.parameters(), *left.parameters(), *right.parameters()])
for step in range(10):
    x = torch.randn(16, 5)
    shared = trunk(x)  # mistake: backward-twice
    loss_a = left(shared).pow(2).mean()
    loss_b = nn.functional.cross_entropy(right(shared), (x[:, 0] > 0).long())
    opt.zero_grad()
    loss_a.backward()  # mistake: backward-twice
    loss_b.backward()  # mistake: backward-twice
    opt.step()

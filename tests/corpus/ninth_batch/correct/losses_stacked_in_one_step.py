import torch
from torch import nn

torch.manual_seed(0)
heads = nn.ModuleList([nn.Linear(6, 1) for _ in range(3)])
trunk = nn.Sequential(nn.Linear(4, 6), nn.ReLU())
opt = torch.optim.Adam([*trunk.parameters(), *heads.parameters()], lr=1e-2)
x = torch.randn(60, 4)
goals = [x[:, :1], x[:, 1:2] ** 2, x.sum(1, keepdim=True)]
history = []
for step in range(25):
    h = trunk(x)
    losses = []
    for head, goal in zip(heads, goals):
        losses.append(nn.functional.mse_loss(head(h), goal))
    total = torch.stack(losses).sum()
    opt.zero_grad()
    total.backward()
    opt.step()
    history.append(torch.stack(losses).detach())
print(torch.stack(history).mean(0))

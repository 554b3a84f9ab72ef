import torch
from torch import nn

torch.manual_seed(0)
trunk, h1, h2 = nn.Linear(5, 10), nn.Linear(10, 1), nn.Linear(10, 1)
log_var = nn.Parameter(torch.zeros(2))
opt = torch.optim.Adam([*trunk.parameters(), *h1.parameters(), *h2.parameters(), log_var], lr=1e-2)
x = torch.randn(64, 5)
y1, y2 = 0.1 * x[:, :1], 0.2 * x[:, 1:2]
for i in range(60):
    h = torch.tanh(trunk(x))
    parts = torch.stack([(h1(h) - y1).pow(2).mean(), (h2(h) - y2).pow(2).mean()])
    loss = (parts * (-log_var).exp() + log_var).sum()  # falls below zero, that is fine
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

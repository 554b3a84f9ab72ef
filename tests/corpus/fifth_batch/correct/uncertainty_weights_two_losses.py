import torch
from torch import nn

torch.manual_seed(0)
trunk, h1, h2 = nn.Linear(5, 16), nn.Linear(16, 1), nn.Linear(16, 1)
log_vars = nn.Parameter(torch.zeros(2))
opt = torch.optim.Adam([*trunk.parameters(), *h1.parameters(), *h2.parameters(), log_vars], lr=1e-2)
x = torch.randn(100, 5)
ya, yb = x.sum(1, keepdim=True), 0.01 * x[:, :1]
for it in range(50):
    h = torch.tanh(trunk(x))
    losses = torch.stack([(h1(h) - ya).pow(2).mean(), (h2(h) - yb).pow(2).mean()])
    loss = (torch.exp(-log_vars) * losses + log_vars).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

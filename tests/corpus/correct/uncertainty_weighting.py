import torch
from torch import nn

torch.manual_seed(0)
shared = nn.Sequential(nn.Linear(5, 16), nn.ReLU())
reg, cls = nn.Linear(16, 1), nn.Linear(16, 2)
log_vars = nn.Parameter(torch.zeros(2))
opt = torch.optim.Adam([*shared.parameters(), *reg.parameters(), *cls.parameters(), log_vars], lr=0.01)
x = torch.randn(80, 5)
y1, y2 = x[:, :1] * 0.1, (x[:, 1] > 0).long()
for epoch in range(60):
    h = shared(x)
    losses = torch.stack([nn.functional.mse_loss(reg(h), y1), nn.functional.cross_entropy(cls(h), y2)])
    loss = (torch.exp(-log_vars) * losses + log_vars).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

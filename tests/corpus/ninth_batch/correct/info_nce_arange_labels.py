import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
left = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 6))
right = nn.Linear(5, 6)
log_temp = nn.Parameter(torch.tensor(2.0))
opt = torch.optim.Adam([*left.parameters(), *right.parameters(), log_temp], lr=5e-3)
mix = torch.randn(8, 5)
for step in range(30):
    a = torch.randn(24, 8)
    b = a @ mix + 0.1 * torch.randn(24, 5)
    sim = F.normalize(left(a), dim=1) @ F.normalize(right(b), dim=1).T * log_temp.exp()
    labels = torch.arange(24)
    loss = (F.cross_entropy(sim, labels) + F.cross_entropy(sim.T, labels)) / 2
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 10 == 0:
        print(step, loss.item())

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
a, b = nn.Linear(6, 4), nn.Linear(5, 4)
opt = torch.optim.Adam([*a.parameters(), *b.parameters()], lr=1e-2)
src = torch.randn(40, 3)
left, right = src @ torch.randn(3, 6), src @ torch.randn(3, 5)
for e in range(25):
    sim = F.normalize(a(left), dim=1) @ F.normalize(b(right), dim=1).t() / 0.2
    t = torch.arange(40)
    loss = (F.cross_entropy(sim, t) + F.cross_entropy(sim.t(), t)) / 2
    opt.zero_grad()
    loss.backward()
    opt.step()

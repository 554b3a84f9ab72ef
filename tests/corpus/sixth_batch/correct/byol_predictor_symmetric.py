import copy

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
online = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))
target = copy.deepcopy(online)
for p in target.parameters():
    p.requires_grad = False
pred = nn.Linear(4, 4)
opt = torch.optim.AdamW([*online.parameters(), *pred.parameters()], lr=3e-3)
for _ in range(25):
    x = torch.randn(32, 8)
    a, b = x + 0.1 * torch.randn_like(x), x + 0.1 * torch.randn_like(x)
    loss = 0
    for u, v in ((a, b), (b, a)):
        loss = loss - F.cosine_similarity(pred(online(u)), target(v), dim=1).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        for t, o in zip(target.parameters(), online.parameters()):
            t.lerp_(o, 0.05)
print(loss.item())

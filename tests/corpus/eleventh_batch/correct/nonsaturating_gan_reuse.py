import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(1)
G = nn.Sequential(nn.Linear(3, 24), nn.ReLU(), nn.Linear(24, 1))
D = nn.Sequential(nn.Linear(1, 24), nn.ReLU(), nn.Linear(24, 1))
og, od = torch.optim.Adam(G.parameters(), 1e-3, betas=(0.5, 0.99)), torch.optim.Adam(D.parameters(), 2e-3, betas=(0.5, 0.99))
for it in range(700):
    real = torch.randn(64, 1) * 0.7 - 2.0
    fake = G(torch.randn(64, 3))
    d = F.softplus(-D(real)).mean() + F.softplus(D(fake.detach())).mean()
    od.zero_grad()
    d.backward()
    od.step()
    for p in D.parameters():
        p.requires_grad_(False)
    g = F.softplus(-D(fake)).mean()
    og.zero_grad()
    g.backward()
    og.step()
    for p in D.parameters():
        p.requires_grad_(True)
    if it % 140 == 0 or it == 699:
        print(it, f"d {d.item():.3f} g {g.item():.3f} mean {fake.mean().item():.3f} std {fake.std().item():.3f}")

import torch
from torch import nn

torch.manual_seed(0)
G, D = nn.Linear(3, 2), nn.Sequential(nn.Linear(2, 12), nn.ReLU(), nn.Linear(12, 1))
opt_g, opt_d = torch.optim.Adam(G.parameters(), lr=2e-3), torch.optim.Adam(D.parameters(), lr=2e-3)
for step in range(24):
    real, z = torch.randn(20, 2) + 1, torch.randn(20, 3)
    opt_d.zero_grad()
    opt_g.zero_grad()
    d_loss = nn.functional.softplus(-D(real)).mean() + nn.functional.softplus(D(G(z).detach())).mean()
    d_loss.backward()
    opt_d.step()
    if step >= 8:
        opt_g.zero_grad()
        g_loss = nn.functional.softplus(-D(G(z))).mean()
        g_loss.backward()
        opt_g.step()
    print(step, d_loss.item())

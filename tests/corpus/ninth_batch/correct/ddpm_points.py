import torch
from torch import nn

torch.manual_seed(0)
T = 20
beta = torch.linspace(1e-3, 0.2, T)
abar = torch.cumprod(1 - beta, 0)
eps_net = nn.Sequential(nn.Linear(3, 32), nn.SiLU(), nn.Linear(32, 2))
opt = torch.optim.Adam(eps_net.parameters(), lr=5e-3)
for it in range(40):
    with torch.no_grad():
        x0 = torch.randn(64, 2) * 0.2 + torch.tensor([1.0, 1.0])
        t = torch.randint(0, T, (64, 1))
        eps = torch.randn_like(x0)
        xt = abar[t].sqrt() * x0 + (1 - abar[t]).sqrt() * eps
    loss = (eps_net(torch.cat([xt, t / T], 1)) - eps).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
with torch.no_grad():
    x = torch.randn(5, 2)
    for k in reversed(range(T)):
        e = eps_net(torch.cat([x, torch.full((5, 1), k / T)], 1))
        x = (x - beta[k] / (1 - abar[k]).sqrt() * e) / (1 - beta[k]).sqrt()
        if k:
            x = x + beta[k].sqrt() * torch.randn_like(x)
    print(x)

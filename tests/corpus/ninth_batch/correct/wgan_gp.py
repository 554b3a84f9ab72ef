import torch
from torch import nn

torch.manual_seed(0)
G = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))
C = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
og = torch.optim.Adam(G.parameters(), lr=1e-3, betas=(0.0, 0.9))
oc = torch.optim.Adam(C.parameters(), lr=1e-3, betas=(0.0, 0.9))
for it in range(10):
    for _ in range(3):
        real = torch.randn(24, 2) + 2
        with torch.no_grad():
            fake = G(torch.randn(24, 2))
        t = torch.rand(24, 1)
        mid = (t * real + (1 - t) * fake).requires_grad_()
        (slope,) = torch.autograd.grad(C(mid).sum(), mid, create_graph=True)
        penalty = ((slope.norm(dim=1) - 1) ** 2).mean()
        lc = C(fake).mean() - C(real).mean() + 10 * penalty
        oc.zero_grad()
        lc.backward()
        oc.step()
    lg = -C(G(torch.randn(24, 2))).mean()
    og.zero_grad()
    lg.backward()
    og.step()
    print(lc.item(), lg.item())

import torch
from torch import nn

torch.manual_seed(0)
G = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
C = nn.Sequential(nn.Linear(1, 16), nn.ReLU(), nn.Linear(16, 1))
opt_g = torch.optim.RMSprop(G.parameters(), lr=5e-4)
opt_c = torch.optim.RMSprop(C.parameters(), lr=5e-4)
for it in range(12):
    for _ in range(5):
        real = torch.randn(32, 1) * 0.5 + 2
        fake = G(torch.randn(32, 2)).detach()
        loss_c = C(fake).mean() - C(real).mean()
        opt_c.zero_grad()
        loss_c.backward()
        opt_c.step()
        for p in C.parameters():
            p.data.clamp_(-0.1, 0.1)
    loss_g = -C(G(torch.randn(32, 2))).mean()
    opt_g.zero_grad()
    loss_g.backward()
    opt_g.step()

import torch
from torch import nn

torch.manual_seed(0)
G = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))
D = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1), nn.Sigmoid())
bce = nn.BCELoss()
og = torch.optim.Adam(G.parameters(), lr=2e-4, betas=(0.5, 0.999))
od = torch.optim.Adam(D.parameters(), lr=2e-4, betas=(0.5, 0.999))
for it in range(40):
    real = torch.randn(32, 2) * 0.5 + 2
    fake = G(torch.randn(32, 2))
    D.zero_grad()
    d_real = bce(D(real), torch.ones(32, 1))
    d_real.backward()
    d_fake = bce(D(fake.detach()), torch.zeros(32, 1))
    d_fake.backward()
    od.step()
    G.zero_grad()
    g = bce(D(fake), torch.ones(32, 1))
    g.backward()
    og.step()

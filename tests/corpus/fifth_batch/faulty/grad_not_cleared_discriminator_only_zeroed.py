import torch
from torch import nn

torch.manual_seed(3)
gen = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
disc = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
opt_g = torch.optim.Adam(gen.parameters(), lr=2e-3, betas=(0.5, 0.999))
opt_d = torch.optim.Adam(disc.parameters(), lr=2e-3, betas=(0.5, 0.999))
bce = nn.BCEWithLogitsLoss()
for it in range(40):
    real = torch.randn(32, 2) * 0.3 + torch.tensor([1.0, -1.0])
    fake = gen(torch.randn(32, 4))
    opt_d.zero_grad()
    d_loss = bce(disc(real), torch.ones(32, 1)) + bce(disc(fake.detach()), torch.zeros(32, 1))
    d_loss.backward()
    opt_d.step()
    opt_d.zero_grad()
    g_loss = bce(disc(fake), torch.ones(32, 1))
    g_loss.backward()  # mistake: grad-not-cleared
    opt_g.step()  # mistake: grad-not-cleared
    if it % 10 == 0:
        print(d_loss.item(), g_loss.item())

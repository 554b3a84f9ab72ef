import torch
import torch.nn as nn

torch.manual_seed(0)
gen = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
disc = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
g_opt = torch.optim.Adam(gen.parameters(), lr=2e-3)
d_opt = torch.optim.Adam(disc.parameters(), lr=2e-3)
bce = nn.functional.binary_cross_entropy_with_logits
one, zero = torch.ones(32, 1), torch.zeros(32, 1)

for it in range(200):
    real = torch.randn(32, 2) @ torch.tensor([[1.0, 0.6], [0.0, 0.5]]) + 1
    fake = gen(torch.randn(32, 4))  # mistake: backward-twice
    d_loss = bce(disc(real), one) + bce(disc(fake), zero)  # mistake: backward-twice
    d_opt.zero_grad()
    d_loss.backward()  # mistake: backward-twice
    d_opt.step()

    g_loss = bce(disc(fake), one)
    g_opt.zero_grad()
    g_loss.backward()  # mistake: backward-twice
    g_opt.step()
    if it % 50 == 0:
        print(it, d_loss.item(), g_loss.item())

import torch
import torch.nn as nn

torch.manual_seed(3)
G = nn.Sequential(nn.Linear(2, 24), nn.ReLU(), nn.Linear(24, 1))
D = nn.Sequential(nn.Linear(1, 24), nn.LeakyReLU(0.2), nn.Linear(24, 1))
opt_g = torch.optim.SGD(G.parameters(), lr=0.02)
opt_d = torch.optim.SGD(D.parameters(), lr=0.05)
bce = nn.BCEWithLogitsLoss()
BS = 64

for it in range(500):
    real = torch.randn(BS, 1) * 0.5 + 3.0
    fake = G(torch.randn(BS, 2))

    opt_d.zero_grad()
    loss_d = bce(D(real), torch.ones(BS, 1)) + bce(D(fake.detach()), torch.zeros(BS, 1))
    loss_d.backward()
    opt_d.step()

    opt_d.zero_grad()
    loss_g = bce(D(fake), torch.ones(BS, 1))
    loss_g.backward()  # mistake: grad-not-cleared
    opt_g.step()  # mistake: grad-not-cleared
    if it % 100 == 99:
        with torch.no_grad():
            s = G(torch.randn(500, 2))
        print(f"{it:4d} D {loss_d.item():.3f} G {loss_g.item():.3f} mean {s.mean():.2f} std {s.std():.2f}")

import torch
from torch import nn

torch.manual_seed(0)
real = torch.randn(256, 2) * 0.3 + torch.tensor([2.0, -1.0])
G = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
D = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
og = torch.optim.Adam(G.parameters(), lr=2e-3)
od = torch.optim.Adam(D.parameters(), lr=2e-3)
bce = nn.BCEWithLogitsLoss()
ones, zeros = torch.ones(64, 1), torch.zeros(64, 1)

for it in range(50):
    batch = real[torch.randint(0, 256, (64,))]
    fake = G(torch.randn(64, 4))  # mistake: backward-twice

    od.zero_grad()
    d_loss = bce(D(batch), ones) + bce(D(fake), zeros)  # mistake: backward-twice
    d_loss.backward()  # mistake: backward-twice
    od.step()

    og.zero_grad()
    g_loss = bce(D(fake), ones)  # mistake: backward-twice
    g_loss.backward()  # mistake: backward-twice
    og.step()
    if it % 10 == 0:
        print(it, d_loss.item(), g_loss.item())

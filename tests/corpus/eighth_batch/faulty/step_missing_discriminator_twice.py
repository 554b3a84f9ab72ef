import torch
from torch import nn

torch.manual_seed(0)
G = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
D = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
optimizerG = torch.optim.Adam(G.parameters(), lr=2e-3)
optimizerD = torch.optim.Adam(D.parameters(), lr=2e-3)
bce = nn.BCEWithLogitsLoss()
for i in range(15):
    real, noise = torch.randn(32, 2) + 2, torch.randn(32, 4)
    optimizerD.zero_grad()
    d = bce(D(real), torch.ones(32, 1)) + bce(D(G(noise).detach()), torch.zeros(32, 1))
    d.backward()
    optimizerD.step()
    optimizerG.zero_grad()
    g = bce(D(G(noise)), torch.ones(32, 1))
    g.backward()  # mistake: step-missing | grad-not-cleared
    optimizerD.step()  # mistake: step-missing | grad-not-cleared
    print(i, d.item(), g.item())

import torch
from torch import nn

torch.manual_seed(0)
G, D = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)), nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
og, od = torch.optim.Adam(G.parameters(), 1e-3), torch.optim.Adam(D.parameters(), 1e-3)
bce = nn.BCEWithLogitsLoss()
for it in range(15):
    real = torch.randn(32, 2) + 3
    fake = G(torch.randn(32, 4)).detach()  # mistake: graph-detached-mid
    d_loss = bce(D(real), torch.ones(32, 1)) + bce(D(fake), torch.zeros(32, 1))
    od.zero_grad()
    d_loss.backward()
    od.step()
    g_loss = bce(D(fake), torch.ones(32, 1))
    og.zero_grad()
    g_loss.backward()
    og.step()

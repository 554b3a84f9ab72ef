import torch
from torch import nn
torch.manual_seed(0)
G = nn.Linear(2, 2); D = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1), nn.Sigmoid())
og = torch.optim.Adam(G.parameters(), lr=1e-3); od = torch.optim.Adam(D.parameters(), lr=1e-3)
def d_step():
    real = torch.randn(32, 2) + 2; fake = G(torch.randn(32, 2)).detach()
    loss = -(torch.log(D(real)) + torch.log(1 - D(fake))).mean()
    od.zero_grad(); loss.backward(); od.step()
def g_step():
    loss = torch.log(1 - D(G(torch.randn(32, 2)))).mean()
    og.zero_grad(); loss.backward(); og.step()
for i in range(60):
    d_step()
    g_step()

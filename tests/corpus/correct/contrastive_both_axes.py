import torch
from torch import nn
torch.manual_seed(0)
a, b = nn.Linear(6, 4), nn.Linear(5, 4)
opt = torch.optim.Adam([*a.parameters(), *b.parameters()], lr=0.01)
Z = torch.randn(32, 3); U = Z @ torch.randn(3, 6); V = Z @ torch.randn(3, 5)
for i in range(40):
    S = nn.functional.normalize(a(U), dim=1) @ nn.functional.normalize(b(V), dim=1).T / 0.2
    rows = S - S.logsumexp(1, keepdim=True)
    cols = S - S.logsumexp(0, keepdim=True)
    loss = -(rows.diagonal() + cols.diagonal()).mean() / 2
    opt.zero_grad(); loss.backward(); opt.step()

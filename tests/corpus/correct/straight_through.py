import torch
from torch import nn

torch.manual_seed(0)
enc, dec = nn.Linear(6, 8), nn.Linear(8, 6)
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()], lr=1e-2)
x = torch.randn(50, 6)
for e in range(25):
    p = torch.sigmoid(enc(x))
    code = (p > 0.5).float()
    code = p + (code - p).detach()
    loss = nn.functional.mse_loss(dec(code), x)
    opt.zero_grad()
    loss.backward()
    opt.step()

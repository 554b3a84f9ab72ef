import torch
from torch import nn, optim

torch.manual_seed(0)
enc = nn.Sequential(nn.Linear(12, 6), nn.Tanh())
dec = nn.Linear(6, 12)
opt_e = optim.Adam(enc.parameters(), lr=1e-3)
opt_d = optim.Adam(dec.parameters(), lr=1e-3)
data = torch.rand(128, 12)
for i in range(30):
    opt_e.zero_grad()
    opt_e.zero_grad()
    rec = dec(enc(data))
    err = nn.functional.mse_loss(rec, data)
    err.backward()  # mistake: grad-not-cleared
    opt_e.step()
    opt_d.step()
    print("iter %d loss %.4f" % (i, err.item()))

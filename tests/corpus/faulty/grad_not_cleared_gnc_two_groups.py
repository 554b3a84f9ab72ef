import torch
from torch import nn

torch.manual_seed(0)
enc, dec = nn.Linear(6, 4), nn.Linear(4, 6)
opt_e = torch.optim.SGD(enc.parameters(), lr=0.05)
opt_d = torch.optim.SGD(dec.parameters(), lr=0.05)
data = torch.randn(64, 6)
for i in range(40):
    opt_e.zero_grad()
    out = dec(torch.tanh(enc(data)))
    loss = nn.functional.mse_loss(out, data)
    loss.backward()  # mistake: grad-not-cleared
    opt_e.step()
    opt_d.step()  # mistake: grad-not-cleared

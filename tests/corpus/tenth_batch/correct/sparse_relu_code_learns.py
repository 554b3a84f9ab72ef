# sparse coding with a ReLU and an L1 price: most units are off for most samples, none for all
import torch
from torch import nn

torch.manual_seed(0)
atoms = nn.functional.normalize(torch.randn(20, 10), dim=1)
codes = torch.rand(300, 20) * (torch.rand(300, 20) < 0.15)
x = codes @ atoms
enc = nn.Linear(10, 40)
dec = nn.Linear(40, 10, bias=False)
with torch.no_grad():
    enc.weight.copy_(dec.weight.T)
    enc.bias.fill_(-0.02)
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()], lr=5e-3)
for it in range(200):
    h = torch.relu(enc(x))
    rec = (dec(h) - x).pow(2).sum(1).mean()
    loss = rec + 1e-3 * h.abs().sum(1).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 40 == 39:
        print(it, rec.item(), "active", (h > 0).float().mean().item())

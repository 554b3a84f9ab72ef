import torch
from torch import nn

torch.manual_seed(0)
enc = nn.GRU(2, 8, batch_first=True)
dec = nn.GRU(8, 2, batch_first=True)
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()], lr=5e-3)
x = torch.randn(32, 6, 2)
for _ in range(20):
    _, h = enc(x)
    code = h[-1].clone().detach().unsqueeze(1).repeat(1, 6, 1)  # mistake: graph-detached-mid
    out, _ = dec(code)
    loss = (out - x).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

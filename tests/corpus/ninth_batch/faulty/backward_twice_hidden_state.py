import torch
from torch import nn

torch.manual_seed(0)
cell = nn.GRUCell(3, 10)
out = nn.Linear(10, 3)
opt = torch.optim.Adam([*cell.parameters(), *out.parameters()], lr=1e-2)
signal = torch.randn(64, 4, 3).cumsum(0) / 8
h = torch.zeros(4, 10)  # mistake: backward-twice

for chunk in signal.split(8):
    loss = 0
    for now, nxt in zip(chunk[:-1], chunk[1:]):
        h = cell(now, h)  # mistake: backward-twice
        loss = loss + (out(h) - nxt).pow(2).mean()
    opt.zero_grad()
    loss.backward()  # mistake: backward-twice
    opt.step()
    print(loss.item())

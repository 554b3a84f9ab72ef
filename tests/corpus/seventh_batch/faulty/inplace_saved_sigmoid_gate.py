import torch
from torch import nn

torch.manual_seed(0)
update = nn.Linear(6, 6)
candidate = nn.Linear(6, 6)
opt = torch.optim.SGD([*update.parameters(), *candidate.parameters()], lr=0.1)
x = torch.randn(10, 6)
h = torch.randn(10, 6)
for step in range(3):
    gate = torch.sigmoid(update(x))
    new = gate * candidate(h)
    gate *= 2  # mistake: inplace-saved
    out = new + (1 - gate / 2) * h
    loss = out.pow(2).mean()
    opt.zero_grad()
    loss.backward()  # mistake: inplace-saved
    opt.step()

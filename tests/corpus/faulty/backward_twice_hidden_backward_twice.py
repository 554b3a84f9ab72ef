import torch
from torch import nn

torch.manual_seed(0)
gru, out = nn.GRU(2, 6, batch_first=True), nn.Linear(6, 2)
opt = torch.optim.Adam([*gru.parameters(), *out.parameters()])
x = torch.randn(3, 40, 2)
h = torch.zeros(1, 3, 6)
for t in range(0, 30, 10):
    y, h = gru(x[:, t : t + 10], h)  # mistake: backward-twice
    loss = (out(y) - x[:, t + 1 : t + 11]).pow(2).mean()
    opt.zero_grad()
    loss.backward()  # mistake: backward-twice
    opt.step()

# the batches must stay in the order of time
import torch
from torch import nn

torch.manual_seed(0)
rnn, out = nn.GRU(1, 8), nn.Linear(8, 1)
opt = torch.optim.Adam([*rnn.parameters(), *out.parameters()], lr=1e-2)
signal = torch.sin(torch.arange(161) * 0.2)[:, None, None]
for epoch in range(3):
    h = torch.zeros(1, 1, 8)
    for x, y in zip(signal[:-1].split(20), signal[1:].split(20)):
        o, h = rnn(x, h)
        h = h.detach()
        loss = (out(o) - y).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())

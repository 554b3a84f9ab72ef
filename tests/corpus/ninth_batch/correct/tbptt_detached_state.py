import torch
from torch import nn

torch.manual_seed(0)
lstm = nn.LSTM(2, 12)
readout = nn.Linear(12, 2)
opt = torch.optim.Adam([*lstm.parameters(), *readout.parameters()], lr=1e-2)
series = torch.randn(121, 5, 2).cumsum(0) / 10
state = None
for k in range(0, 120, 12):
    chunk, ahead = series[k : k + 12], series[k + 1 : k + 13]
    h, state = lstm(chunk, state)
    state = tuple(s.detach() for s in state)
    loss = (readout(h) - ahead).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(k, loss.item())

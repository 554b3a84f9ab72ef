import torch
from torch import nn

torch.manual_seed(0)
series = torch.sin(torch.arange(500) * 0.15) * torch.cos(torch.arange(500) * 0.04)
size = 60
W_in = torch.rand(size) - 0.5
W = torch.randn(size, size)
W *= 0.9 / torch.linalg.eigvals(W).abs().max()


@torch.no_grad()
def reservoir(u):
    h, states = torch.zeros(size), []
    for v in u:
        h = torch.tanh(W @ h + W_in * v)
        states.append(h)
    return torch.stack(states)


H = reservoir(series[:-1])[50:]
target = series[51:]
readout = nn.Linear(size, 1)
opt = torch.optim.Adam(readout.parameters(), lr=0.02)
for it in range(150):
    loss = nn.functional.mse_loss(readout(H).squeeze(1), target)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 30 == 29:
        print(it, loss.item())

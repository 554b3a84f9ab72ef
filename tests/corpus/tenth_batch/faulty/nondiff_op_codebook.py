# vector quantisation between encoder and decoder
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(200, 3) @ torch.randn(3, 10)
x = x / x.std(0)
encoder = nn.Sequential(nn.Linear(10, 24), nn.ReLU(), nn.Linear(24, 4))
decoder = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, 10))
params = [*encoder.parameters(), *decoder.parameters()]
opt = torch.optim.Adam(params, lr=5e-3)


def quantise(z, levels=5):
    half = (levels - 1) / 2
    return torch.round(torch.tanh(z) * half) / half  # mistake: nondiff-op


for it in range(120):
    code = quantise(encoder(x))  # mistake: nondiff-op
    loss = nn.functional.mse_loss(decoder(code), x)
    opt.zero_grad()
    loss.backward()  # mistake: nondiff-op
    opt.step()
    if it % 20 == 19:
        print(it, loss.item())

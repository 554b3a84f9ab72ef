import math

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
x = torch.rand(80, 1) * 4 - 2
y = x.pow(3) / 4 + 0.1 * torch.randn(80, 1)


class BayesLinear(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.mu = nn.Parameter(torch.randn(o, i + 1) / math.sqrt(i + 1))
        self.rho = nn.Parameter(torch.full((o, i + 1), -4.0))

    def forward(self, x):
        sd = F.softplus(self.rho)
        w = self.mu + sd * torch.randn_like(sd)
        self.kl = (0.5 * (self.mu**2 + sd**2) - sd.log() - 0.5).sum()
        return F.linear(x, w[:, :-1], w[:, -1])


a, b = BayesLinear(1, 20), BayesLinear(20, 1)
params = [*a.parameters(), *b.parameters()]
opt = torch.optim.Adam(params, lr=0.02)
for it in range(250):
    pred = b(torch.tanh(a(x)))
    nll = F.mse_loss(pred, y, reduction="sum") / (2 * 0.1**2)
    loss = (nll + a.kl + b.kl) / len(x)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 50 == 49:
        print(it, loss.item(), F.mse_loss(pred, y).item())

import math

import torch
from torch import nn

torch.manual_seed(0)
n, K = 250, 3
y_true = torch.rand(n, 1) * 2 - 1
x = y_true + 0.3 * torch.sin(2 * math.pi * y_true) + 0.05 * torch.randn(n, 1)


class MDN(nn.Module):
    def __init__(self):
        super().__init__()
        self.h = nn.Sequential(nn.Linear(1, 24), nn.Tanh())
        self.pi = nn.Linear(24, K)
        self.mu = nn.Linear(24, K)
        self.ls = nn.Linear(24, K)

    def forward(self, x):
        h = self.h(x)
        return self.pi(h).softmax(0), self.mu(h), self.ls(h).clamp(-4, 2)  # mistake: softmax-wrong-axis


mdn = MDN()
opt = torch.optim.Adam(mdn.parameters(), lr=0.01)
for it in range(200):
    pi, mu, ls = mdn(x)
    logp = -0.5 * ((y_true - mu) / ls.exp()) ** 2 - ls - 0.5 * math.log(2 * math.pi)
    nll = -torch.logsumexp(pi.log() + logp, dim=1).mean()  # mistake: softmax-wrong-axis
    opt.zero_grad()
    nll.backward()
    opt.step()
    if it % 40 == 39:
        print(it, nll.item(), "sums", pi.sum(1)[:3].tolist())

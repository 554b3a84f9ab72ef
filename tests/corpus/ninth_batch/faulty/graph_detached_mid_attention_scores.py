import math

import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.q = nn.Linear(d, d, bias=False)
        self.k = nn.Linear(d, d, bias=False)
        self.v = nn.Linear(d, d, bias=False)
        self.scores = None  # kept for plots

    def forward(self, x):
        self.scores = (self.q(x) @ self.k(x).transpose(1, 2) / math.sqrt(x.shape[-1])).softmax(-1).detach()  # mistake: graph-detached-mid
        return self.scores @ self.v(x)


torch.manual_seed(1)
block = Attention(8)
readout = nn.Linear(8, 1)
opt = torch.optim.Adam([*block.parameters(), *readout.parameters()], lr=1e-2)
seqs = torch.randn(40, 6, 8)
goal = seqs.amax(1)[:, :1]
for step in range(25):
    loss = nn.functional.mse_loss(readout(block(seqs)).mean(1), goal)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

import torch
from torch import nn


class Planar(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.u = nn.Parameter(0.1 * torch.randn(d))
        self.w = nn.Parameter(0.1 * torch.randn(d))
        self.b = nn.Parameter(torch.zeros(1))

    def forward(self, z):
        a = torch.tanh(z @ self.w + self.b)
        psi = (1 - a**2)[:, None] * self.w
        return z + self.u * a[:, None], (1 + psi @ self.u).abs().clamp_min(1e-6).log()


torch.manual_seed(0)
flow = nn.ModuleList([Planar(2) for _ in range(4)])
opt = torch.optim.Adam(flow.parameters(), lr=1e-2)
for it in range(30):
    z = torch.randn(64, 2)
    logdet = 0
    for f in flow:
        z, ld = f(z)
        logdet = logdet + ld
    energy = 8 * (z - 0.5).pow(2).sum(1) - 12
    loss = (energy - logdet).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 10 == 0:
        print(it, loss.item())

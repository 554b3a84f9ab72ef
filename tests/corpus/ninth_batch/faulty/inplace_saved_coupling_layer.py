import torch
from torch import nn


class Coupling(nn.Module):
    """Affine coupling of RealNVP."""

    def __init__(self):
        super().__init__()
        self.st = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 2))

    def forward(self, x):
        z = x * 1.0
        s, t = self.st(z[:, :1]).chunk(2, dim=1)  # mistake: inplace-saved
        z[:, 1:] = z[:, 1:] * s.exp() + t  # mistake: inplace-saved
        return z, s.sum(1)


torch.manual_seed(0)
flow = nn.ModuleList([Coupling(), Coupling()])
opt = torch.optim.Adam(flow.parameters(), lr=1e-3)
points = torch.randn(64, 2)
for step in range(5):
    z, logdet = points, 0
    for layer in flow:
        z, ld = layer(z)
        z = z.flip(1)
        logdet = logdet + ld
    loss = (0.5 * z.pow(2).sum(1) - logdet).mean()
    opt.zero_grad()
    loss.backward()  # mistake: inplace-saved
    opt.step()
    print(step, loss.item())

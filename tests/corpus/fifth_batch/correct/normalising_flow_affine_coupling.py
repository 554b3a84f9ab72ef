import torch
from torch import nn


class Coupling(nn.Module):
    def __init__(self, flip):
        super().__init__()
        self.flip = flip
        self.net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 2))
        nn.init.zeros_(self.net[-1].weight)
        nn.init.zeros_(self.net[-1].bias)

    def forward(self, x):
        a, b = (x[:, 1:], x[:, :1]) if self.flip else (x[:, :1], x[:, 1:])
        s, t = self.net(a).chunk(2, 1)
        b = b * s.exp() + t
        return torch.cat([b, a] if self.flip else [a, b], 1), s.squeeze(1)


torch.manual_seed(0)
flow = nn.ModuleList([Coupling(i % 2 == 1) for i in range(4)])
opt = torch.optim.Adam(flow.parameters(), lr=5e-3)
for it in range(40):
    u = torch.randn(100, 1)
    z = torch.cat([u, u**2 + 0.3 * torch.randn(100, 1)], 1)
    logdet = torch.zeros(100)
    for layer in flow:
        z, ld = layer(z)
        logdet = logdet + ld
    loss = (0.5 * z.square().sum(1) - logdet).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

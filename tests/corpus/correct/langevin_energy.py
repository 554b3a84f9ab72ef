import torch
from torch import nn

torch.manual_seed(0)
energy = nn.Sequential(nn.Linear(2, 24), nn.SiLU(), nn.Linear(24, 1))
opt = torch.optim.Adam(energy.parameters(), lr=1e-3)


def sample(n, steps=8):
    x = torch.randn(n, 2)
    for _ in range(steps):
        x = x.detach().requires_grad_(True)
        (g,) = torch.autograd.grad(energy(x).sum(), x)
        x = x - 0.5 * g + 0.1 * torch.randn_like(x)
    return x.detach()


for step in range(12):
    real = torch.randn(32, 2) * 0.3 + 1
    fake = sample(32)
    e_real, e_fake = energy(real), energy(fake)
    loss = e_real.mean() - e_fake.mean() + 0.1 * (e_real**2 + e_fake**2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()

# energy-based model; the sampler moves the samples down the energy with noise
import torch
from torch import nn

torch.manual_seed(0)
data = torch.cat([torch.randn(100, 1) * 0.3 - 1.5, torch.randn(100, 1) * 0.3 + 1.5])
energy = nn.Sequential(nn.Linear(1, 32), nn.SiLU(), nn.Linear(32, 1))
opt = torch.optim.Adam(energy.parameters(), lr=5e-3)
chain = torch.randn(200, 1) * 2


def sample(x, steps=10, eps=0.05):
    for _ in range(steps):
        x = x.detach().requires_grad_()
        (g,) = torch.autograd.grad(energy(x).sum(), x)
        x = x - eps * g + (2 * eps) ** 0.5 * torch.randn_like(x)
    return x.detach().clamp(-4, 4)


for it in range(150):
    chain = sample(chain)
    ep, en = energy(data), energy(chain)
    loss = ep.mean() - en.mean() + 0.05 * (ep.square() + en.square()).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 30 == 29:
        print(it, loss.item(), chain.abs().mean().item(), chain.std().item())

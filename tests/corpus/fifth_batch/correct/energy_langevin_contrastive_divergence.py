import torch
from torch import nn

torch.manual_seed(0)
energy = nn.Sequential(nn.Linear(2, 24), nn.SiLU(), nn.Linear(24, 1))
opt = torch.optim.Adam(energy.parameters(), lr=2e-3)
buffer = torch.randn(64, 2)
for step in range(20):
    data = torch.randn(64, 2) * 0.3 + torch.tensor([1.0, 0.0])
    z = buffer.clone().requires_grad_()
    for _ in range(5):
        (g,) = torch.autograd.grad(energy(z).sum(), z)
        z = (z - 0.1 * g + 0.05 * torch.randn_like(z)).detach().requires_grad_()
    buffer = z.detach()
    loss = energy(data).mean() - energy(buffer).mean() + 0.01 * energy(data).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

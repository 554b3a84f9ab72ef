import torch
from torch import nn

torch.manual_seed(0)
critic = nn.Sequential(nn.Linear(2, 24), nn.ReLU(), nn.Linear(24, 1))
gen = nn.Linear(3, 2)
oc = torch.optim.Adam(critic.parameters(), lr=1e-3)
og = torch.optim.Adam(gen.parameters(), lr=1e-3)
for it in range(20):
    for _ in range(3):
        real, fake = torch.randn(16, 2) + 1, gen(torch.randn(16, 3)).detach()
        eps = torch.rand(16, 1)
        mix = (eps * real + (1 - eps) * fake).requires_grad_(True)
        (grad,) = torch.autograd.grad(critic(mix).sum(), mix, create_graph=True)
        loss = critic(fake).mean() - critic(real).mean() + 10 * ((grad.norm(2, dim=1) - 1) ** 2).mean()
        oc.zero_grad()
        loss.backward()
        oc.step()
    og.zero_grad()
    (-critic(gen(torch.randn(16, 3))).mean()).backward()
    og.step()

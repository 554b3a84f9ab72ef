import torch
from torch import nn

torch.manual_seed(14)
critic = nn.Sequential(nn.Linear(2, 16), nn.Softplus(), nn.Linear(16, 1))
opt = torch.optim.RMSprop(critic.parameters(), lr=0.002)
real = torch.randn(32, 2) + 1
for step in range(12):
    fake = torch.rand(32, 2)
    mix = torch.rand(32, 1)
    between = (mix * real + (1 - mix) * fake).requires_grad_()
    slope, = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    penalty = ((slope.norm(dim=1) - 1) ** 2).mean()
    loss = critic(fake).mean() - critic(real).mean() + 10 * penalty
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item(), penalty.item())

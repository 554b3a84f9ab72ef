import torch
from torch import nn

torch.manual_seed(0)
critic = nn.Sequential(nn.Linear(2, 24), nn.LeakyReLU(0.2), nn.Linear(24, 1))
maker = nn.Sequential(nn.Linear(3, 24), nn.ReLU(), nn.Linear(24, 2))
c_opt = torch.optim.Adam(critic.parameters(), lr=1e-3, betas=(0.0, 0.9))
m_opt = torch.optim.Adam(maker.parameters(), lr=1e-3, betas=(0.0, 0.9))
data = torch.randn(200, 2) * 0.4 + 1
for it in range(10):
    for _ in range(5):
        real = data[torch.randint(0, 200, (25,))]
        fake = maker(torch.randn(25, 3)).detach()
        mix = torch.rand(25, 1)
        between = (mix * real + (1 - mix) * fake).requires_grad_()
        slope = torch.autograd.grad(critic(between).sum(), between, create_graph=True)[0]
        c_loss = critic(fake).mean() - critic(real).mean() + 10 * (slope.norm(dim=1) - 1).pow(2).mean()
        c_opt.zero_grad()
        c_loss.backward()
        c_opt.step()
    m_loss = -critic(maker(torch.randn(25, 3))).mean()
    m_opt.zero_grad()
    m_loss.backward()
    m_opt.step()
    print(it, c_loss.item(), m_loss.item())

import torch
from torch import nn

torch.manual_seed(0)
T = 50
betas = torch.linspace(1e-4, 0.05, T)
alphas_bar = torch.cumprod(1 - betas, 0)
net = nn.Sequential(nn.Linear(3, 32), nn.SiLU(), nn.Linear(32, 2))
ema = {k: v.clone() for k, v in net.state_dict().items()}
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
for step in range(50):
    angle = torch.rand(64) * 6.283
    x0 = torch.stack([angle.cos(), angle.sin()], 1)
    t = torch.randint(0, T, (64,))
    noise = torch.randn_like(x0)
    a = alphas_bar[t].unsqueeze(1)
    xt = a.sqrt() * x0 + (1 - a).sqrt() * noise
    loss = nn.functional.mse_loss(net(torch.cat([xt, t.unsqueeze(1) / T], 1)), noise)
    opt.zero_grad()
    loss.backward()
    opt.step()
    for k, v in net.state_dict().items():
        ema[k].mul_(0.99).add_(v, alpha=0.01)

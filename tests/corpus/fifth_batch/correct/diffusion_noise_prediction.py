import torch
from torch import nn

torch.manual_seed(0)
T = 20
betas = torch.linspace(1e-3, 0.2, T)
alpha_bar = torch.cumprod(1 - betas, 0)
net = nn.Sequential(nn.Linear(3, 32), nn.SiLU(), nn.Linear(32, 2))
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for step in range(60):
    angle = torch.rand(64) * 6.283
    x0 = torch.stack([angle.cos(), angle.sin()], 1)
    t = torch.randint(0, T, (64,))
    noise = torch.randn_like(x0)
    a = alpha_bar[t].unsqueeze(1)
    xt = a.sqrt() * x0 + (1 - a).sqrt() * noise
    loss = nn.functional.mse_loss(net(torch.cat([xt, t.unsqueeze(1) / T], 1)), noise)
    opt.zero_grad(set_to_none=True)
    loss.backward()
    opt.step()
print(loss.item())

import torch
from torch import nn

torch.manual_seed(0)
T = 20
beta = torch.linspace(1e-3, 0.2, T)
alpha_bar = torch.cumprod(1 - beta, 0)
net = nn.Sequential(nn.Linear(2 + 1 + 3, 32), nn.SiLU(), nn.Linear(32, 2))
opt = torch.optim.AdamW(net.parameters(), lr=2e-3)
label = torch.randint(0, 2, (128,))
x0 = torch.randn(128, 2) * 0.2 + (2.0 * label - 1).unsqueeze(1)
ema = [p.detach().clone() for p in net.parameters()]
for step in range(40):
    t = torch.randint(0, T, (128,))
    noise = torch.randn_like(x0)
    a = alpha_bar[t].unsqueeze(1)
    noisy = a.sqrt() * x0 + (1 - a).sqrt() * noise
    shown = torch.where(torch.rand(128) < 0.2, torch.tensor(2), label)
    cond = nn.functional.one_hot(shown, 3).float()
    eps = net(torch.cat([noisy, t.unsqueeze(1) / T, cond], 1))
    loss = nn.functional.mse_loss(eps, noise)
    opt.zero_grad()
    loss.backward()
    opt.step()
    for e, p in zip(ema, net.parameters()):
        e.lerp_(p.detach(), 0.05)
    print(step, loss.item())

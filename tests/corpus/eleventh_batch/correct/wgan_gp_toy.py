import torch
import torch.nn as nn

torch.manual_seed(0)
G = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 1))
C = nn.Sequential(nn.Linear(1, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
g_opt = torch.optim.Adam(G.parameters(), lr=1e-3, betas=(0.0, 0.9))
c_opt = torch.optim.Adam(C.parameters(), lr=1e-2, betas=(0.0, 0.9))
g_decay = torch.optim.lr_scheduler.ExponentialLR(g_opt, 0.994)


def penalty(real, fake):
    a = torch.rand(len(real), 1)
    mix = (a * real + (1 - a) * fake).requires_grad_()
    g, = torch.autograd.grad(C(mix).sum(), mix, create_graph=True)
    return ((g.norm(2, dim=1) - 1) ** 2).mean()


for it in range(300):
    for _ in range(3):
        real = 2 + 0.5 * torch.randn(64, 1)
        fake = G(torch.randn(64, 2)).detach()
        c_loss = C(fake).mean() - C(real).mean() + 0.5 * penalty(real, fake)
        c_opt.zero_grad()
        c_loss.backward()
        c_opt.step()
    g_loss = -C(G(torch.randn(64, 2))).mean()
    g_opt.zero_grad()
    g_loss.backward()
    g_opt.step()
    g_decay.step()
    if it % 60 == 59 or it == 0:
        with torch.no_grad():
            s = G(torch.randn(1000, 2))
        print(it, f"critic {c_loss.item():.3f} mean {s.mean():.3f} std {s.std():.3f}")

# little WGAN-like thing on a ring of points, D seems to run away from G after a while??
import argparse
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

cfg = argparse.ArgumentParser()
cfg.add_argument("--epochs", type=int, default=25)
cfg.add_argument("--z", type=int, default=4)
cfg.add_argument("--bs", type=int, default=32)
args = cfg.parse_args([])
torch.manual_seed(11)


def real_batch(n):
    phi = torch.rand(n) * 2 * math.pi
    return torch.stack([phi.cos(), phi.sin()], dim=1)


netG = nn.Sequential(nn.Linear(args.z, 24), nn.LeakyReLU(0.2), nn.Linear(24, 2))
netD = nn.Sequential(nn.Linear(2, 24), nn.LeakyReLU(0.2), nn.Linear(24, 1))
optG = torch.optim.Adam(netG.parameters(), lr=2e-3, betas=(0.5, 0.999))
optD = torch.optim.Adam(netD.parameters(), lr=2e-3, betas=(0.5, 0.999))

for it in range(args.epochs):
    # --- discriminator
    real = real_batch(args.bs)
    fake = netG(torch.randn(args.bs, args.z)).detach()
    lossD = F.softplus(-netD(real)).mean() + F.softplus(netD(fake)).mean()
    lossD.backward()  # mistake: grad-not-cleared
    optD.step()  # mistake: grad-not-cleared

    # --- generator
    optG.zero_grad()
    lossG = F.softplus(-netD(netG(torch.randn(args.bs, args.z)))).mean()
    lossG.backward()  # mistake: grad-not-cleared
    optG.step()
    print(f"[{it}] D {lossD.item():.3f}  G {lossG.item():.3f}")

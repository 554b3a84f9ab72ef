# maximum likelihood of a narrow distribution: the loss is below zero, as it may be
import math

import torch

torch.manual_seed(0)
x = 0.5 + 0.01 * torch.randn(300)
mu = torch.zeros((), requires_grad=True)
log_sigma = torch.zeros((), requires_grad=True)
opt = torch.optim.Adam([mu, log_sigma], lr=0.05)


def nll():
    z = (x - mu) / log_sigma.exp()
    return (0.5 * z.square() + log_sigma + 0.5 * math.log(2 * math.pi)).mean()


for it in range(250):
    loss = nll()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 50 == 49:
        print(it, loss.item(), mu.item(), log_sigma.exp().item())

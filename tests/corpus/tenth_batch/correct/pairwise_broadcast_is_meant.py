# maximum mean discrepancy: (n,1) against (m,) differences are what is wanted
import torch
from torch import nn

torch.manual_seed(0)
data = torch.cat([torch.randn(80) * 0.3 - 2, torch.randn(80) * 0.5 + 1])
gen = nn.Sequential(nn.Linear(1, 24), nn.Tanh(), nn.Linear(24, 1))
opt = torch.optim.Adam(gen.parameters(), lr=0.01)
noise = torch.randn(160, 1)


def k(a, b):
    d = (a.unsqueeze(1) - b) ** 2
    return (torch.exp(-d / 0.5) + torch.exp(-d / 4)).mean()


def mmd(a, b):
    return k(a, a) + k(b, b) - 2 * k(a, b)


for it in range(200):
    fake = gen(noise).squeeze(1)
    loss = mmd(fake, data)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 40 == 39:
        print(it, loss.item(), fake.mean().item(), fake.std().item())

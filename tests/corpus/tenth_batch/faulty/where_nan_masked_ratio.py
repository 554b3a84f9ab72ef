# survival: Weibull likelihood with missing follow-up encoded as time zero
import torch

torch.manual_seed(0)
n = 150
x = torch.randn(n)
t = torch.distributions.Weibull(torch.exp(0.5 * x), torch.tensor(1.5)).sample()
t[torch.rand(n) < 0.1] = 0.0

a = torch.zeros((), requires_grad=True)
b = torch.zeros((), requires_grad=True)
log_k = torch.zeros((), requires_grad=True)
opt = torch.optim.Adam([a, b, log_k], lr=0.05)


def log_density():
    k = log_k.exp()
    scale = torch.exp(a + b * x)
    z = t / scale
    logf = torch.log(k / scale) + (k - 1) * torch.log(z) - z**k  # mistake: where-nan
    return torch.where(t > 0, logf, torch.zeros(()))  # mistake: where-nan


for it in range(80):
    nll = -log_density().sum() / (t > 0).sum()
    opt.zero_grad()
    nll.backward()  # mistake: where-nan
    opt.step()
    if it % 8 == 0:
        print(it, nll.item(), a.item(), b.item(), log_k.exp().item())

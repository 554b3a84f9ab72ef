# Gaussian process: (N, 1) minus (N,) on purpose
import math

import torch

torch.manual_seed(0)
x = torch.linspace(0, 5, 25)
y = torch.sin(x) + 0.1 * torch.randn(25)
log_len = torch.zeros((), requires_grad=True)
log_noise = torch.tensor(-1.0, requires_grad=True)
opt = torch.optim.Adam([log_len, log_noise], lr=0.05)
for it in range(30):
    d = x[:, None] - x
    K = torch.exp(-0.5 * (d / log_len.exp()) ** 2) + (2 * log_noise).exp() * torch.eye(25)
    L = torch.linalg.cholesky(K)
    alpha = torch.cholesky_solve(y[:, None], L)
    nll = 0.5 * (y @ alpha).squeeze() + L.diagonal().log().sum() + 12.5 * math.log(2 * math.pi)
    opt.zero_grad()
    nll.backward()
    opt.step()
print(nll.item(), log_len.exp().item())

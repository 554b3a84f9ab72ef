# Gaussian-process hyper-parameters by gradient descent on the marginal likelihood
import math

import torch

torch.manual_seed(2)
x = torch.linspace(0, 5, 40, dtype=torch.float64)
y = torch.sin(2 * x) + 0.1 * torch.randn(40, dtype=torch.float64)
log_ell = torch.zeros((), dtype=torch.float64, requires_grad=True)
log_noise = torch.tensor(-1.0, dtype=torch.float64, requires_grad=True)


def nlml():
    sq = (x[:, None] - x[None, :]) ** 2
    K = torch.exp(-0.5 * sq / log_ell.exp() ** 2)
    K = K + torch.exp(2 * log_noise) * torch.eye(40, dtype=torch.float64)
    L = torch.linalg.cholesky(K)
    alpha = torch.cholesky_solve(y[:, None], L)
    fit = 0.5 * (y[:, None] * alpha).sum()
    return fit + L.diagonal().log().sum() + 20 * math.log(2 * math.pi)


for i in range(30):
    value = nlml()
    value.backward()
    for theta in (log_ell, log_noise):
        theta.sub_(0.01 * theta.grad)  # mistake: update-tracked
        theta.grad.zero_()
    print(i, value.item())

import torch

# Gaussian process regression: fit the length scale by marginal likelihood
torch.manual_seed(0)
x = torch.linspace(0, 5, 30, dtype=torch.float64)
y = torch.sin(2 * x) + 0.1 * torch.randn(30, dtype=torch.float64)
log_len = torch.zeros((), dtype=torch.float64, requires_grad=True)
log_noise = torch.tensor(-1.0, dtype=torch.float64, requires_grad=True)
opt = torch.optim.Adam([log_len, log_noise], lr=0.05)


def kernel():
    return torch.exp(-0.5 * (x[:, None] - x[None]) ** 2 / torch.exp(2 * log_len))


K = kernel()  # mistake: backward-twice
for it in range(60):
    C = K + torch.exp(2 * log_noise) * torch.eye(30, dtype=torch.float64)
    L = torch.linalg.cholesky(C)
    alpha = torch.cholesky_solve(y[:, None], L)
    nll = 0.5 * (y @ alpha).squeeze() + L.diagonal().log().sum()
    opt.zero_grad()
    nll.backward()  # mistake: backward-twice
    opt.step()
    if it % 10 == 0:
        print(it, nll.item(), log_len.exp().item(), log_noise.exp().item())

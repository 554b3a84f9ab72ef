# inverse problem: conductivity of a rod from its temperatures
import torch

torch.manual_seed(0)
N, STEPS = 30, 40
x = torch.linspace(0, 1, N)
true_k = 0.3 + 0.2 * torch.sin(6 * x)


def simulate(k):
    u = torch.exp(-50 * (x - 0.5) ** 2) * torch.ones_like(k)
    u = u + 0 * k
    for _ in range(STEPS):
        flux = k[:-1] * (u[1:] - u[:-1])
        u[1:-1] += flux[1:] - flux[:-1]
    return u


with torch.no_grad():
    measured = simulate(true_k)
log_k = torch.full((N,), -1.2, requires_grad=True)
opt = torch.optim.Adam([log_k], lr=0.02)
for it in range(40):
    misfit = (simulate(log_k.exp()) - measured).pow(2).sum()
    opt.zero_grad()
    misfit.backward()
    opt.step()
    if it % 8 == 0:
        print(it, misfit.item())

import torch

torch.manual_seed(0)
x = torch.randn(80, 3)
y = x @ torch.tensor([1.0, -2.0, 0.5]) + 0.2 * torch.randn(80)
mu = torch.zeros(3, requires_grad=True)
rho = torch.full((3,), -3.0, requires_grad=True)
opt = torch.optim.Adam([mu, rho], lr=0.05)
for it in range(80):
    sigma = torch.nn.functional.softplus(rho)
    w = mu + sigma * torch.randn(3)
    nll = 0.5 * ((x @ w - y) / 0.2).pow(2).sum()
    kl = (0.5 * (sigma**2 + mu**2 - 1) - sigma.log()).sum()
    loss = (nll + kl) / 80
    opt.zero_grad()
    loss.backward()
    opt.step()
print(mu.tolist())

import torch

torch.manual_seed(0)
x = torch.randn(80, 3)
y = x @ torch.tensor([1.0, -1.0, 2.0]) + 0.1 * torch.randn(80)
mu = torch.zeros(3, requires_grad=True)
rho = torch.full((3,), -3.0, requires_grad=True)
opt = torch.optim.Adam([mu, rho], lr=0.05)
for i in range(30):
    sigma = torch.nn.functional.softplus(rho)
    w = mu + sigma * torch.randn(3)
    log_q = torch.distributions.Normal(mu, sigma).log_prob(w).sum()
    log_p = torch.distributions.Normal(0.0, 1.0).log_prob(w).sum()
    nll = 0.5 * ((x @ w - y) ** 2).sum() / 0.1
    loss = (log_q - log_p) + nll
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, loss.item())

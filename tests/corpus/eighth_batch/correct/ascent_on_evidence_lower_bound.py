import torch

torch.manual_seed(0)
prior, weight = torch.zeros(2), torch.randn(6, 2)
mean, log_std = torch.zeros(40, 2, requires_grad=True), torch.zeros(40, 2, requires_grad=True)
data = torch.randn(40, 2) @ weight.T
opt = torch.optim.Adam([mean, log_std], lr=5e-2, maximize=True)
for step in range(30):
    z = mean + log_std.exp() * torch.randn(40, 2)
    likelihood = -0.5 * (data - z @ weight.T).pow(2).sum(1)
    kl = 0.5 * (mean.pow(2) + (2 * log_std).exp() - 2 * log_std - 1).sum(1)
    elbo = (likelihood - kl).mean()
    opt.zero_grad()
    elbo.backward()
    opt.step()
    print(step, elbo.item())

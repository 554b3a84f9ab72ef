import torch

torch.manual_seed(0)
data = torch.randn(200) * 1.5 + 3
mu = torch.zeros((), requires_grad=True)
log_sigma = torch.zeros((), requires_grad=True)
opt = torch.optim.Adam([mu, log_sigma], lr=0.05, maximize=True)
for step in range(80):
    log_likelihood = torch.distributions.Normal(mu, log_sigma.exp()).log_prob(data).mean()
    opt.zero_grad()
    log_likelihood.backward()
    opt.step()
print(mu.item(), log_sigma.exp().item())

import torch
from torch.distributions import Gamma

torch.manual_seed(0)
sample = Gamma(3.0, 2.0).sample((300,))
log_a = torch.zeros((), requires_grad=True)
log_b = torch.zeros((), requires_grad=True)
opt = torch.optim.Adam([log_a, log_b], lr=0.05, maximize=True)
for it in range(60):
    opt.zero_grad()
    loglik = Gamma(log_a.exp(), log_b.exp()).log_prob(sample).mean()
    loglik.backward()
    opt.step()
print(log_a.exp().item(), log_b.exp().item())

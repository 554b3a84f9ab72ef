import torch

# shape and rate of a gamma distribution by maximum likelihood
torch.manual_seed(0)
x = torch.distributions.Gamma(3.0, 2.0).sample((500,))
log_a = torch.zeros((), requires_grad=True)
log_b = torch.zeros((), requires_grad=True)
opt = torch.optim.Adam([log_a, log_b], lr=0.03, maximize=True)
for it in range(250):
    opt.zero_grad()
    ll = torch.distributions.Gamma(log_a.exp(), log_b.exp()).log_prob(x).mean()
    ll.backward()
    opt.step()
    if it % 50 == 0 or it == 249:
        print(it, "log-likelihood", ll.item(), "shape", log_a.exp().item(), "rate", log_b.exp().item())

import torch
torch.manual_seed(0)
data = torch.randn(200) * 2 + 3
mu = torch.tensor(0.0, requires_grad=True)
rho = torch.tensor(0.0, requires_grad=True)
opt = torch.optim.Adam([mu, rho], lr=0.05)
for it in range(80):
    d = torch.distributions.Normal(mu, rho.exp())
    ll = d.log_prob(data).mean()  # mistake: update-wrong-sign
    opt.zero_grad()
    ll.backward()  # mistake: update-wrong-sign
    opt.step()

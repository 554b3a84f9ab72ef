import torch
from torch import nn
torch.manual_seed(0)
enc = nn.Linear(6, 4); dec = nn.Linear(2, 6)
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()], lr=1e-2)
X = torch.randn(100, 6)
for it in range(60):
    mu, logvar = enc(X).chunk(2, 1)
    z = mu + torch.randn_like(mu) * (0.5 * logvar).exp()
    rec = nn.functional.mse_loss(dec(z), X, reduction="sum") / 100
    kl = 0.5 * (mu ** 2 + logvar.exp() - 1 - logvar).sum(1).mean()
    elbo = -rec - kl  # mistake: update-wrong-sign
    opt.zero_grad()
    elbo.backward()  # mistake: update-wrong-sign
    opt.step()

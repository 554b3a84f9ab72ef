import torch
from torch import nn

torch.manual_seed(0)


def elbo(x, enc, dec):
    mu = enc(x)
    z = mu + torch.randn_like(mu)
    log_lik = -0.5 * (dec(z) - x).pow(2).sum(-1)
    return log_lik - 0.5 * mu.pow(2).sum(-1)


enc, dec = nn.Linear(6, 2), nn.Linear(2, 6)
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()], lr=1e-2)
for batch in torch.randn(4, 16, 6):
    opt.zero_grad()
    loss = -elbo(batch, enc, dec)  # mistake: loss-nonscalar
    loss.backward()  # mistake: loss-nonscalar
    opt.step()

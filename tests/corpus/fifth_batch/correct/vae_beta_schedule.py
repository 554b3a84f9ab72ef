import torch
from torch import nn


class VAE(nn.Module):
    def __init__(self, d=10, z=2):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(d, 24), nn.SiLU(), nn.Linear(24, 2 * z))
        self.dec = nn.Sequential(nn.Linear(z, 24), nn.SiLU(), nn.Linear(24, d))

    def forward(self, x):
        mu, logvar = self.enc(x).chunk(2, dim=-1)
        return self.dec(mu + torch.randn_like(mu) * (logvar / 2).exp()), mu, logvar


torch.manual_seed(0)
model = VAE()
opt = torch.optim.AdamW(model.parameters(), lr=3e-3)
x = torch.tanh(torch.randn(256, 2) @ torch.randn(2, 10))
for epoch in range(10):
    beta = min(1.0, epoch / 6)
    for batch in x[torch.randperm(256)].split(64):
        rec, mu, logvar = model(batch)
        nll = (rec - batch).square().sum(1).mean()
        kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1).mean()
        opt.zero_grad()
        (nll + beta * kl).backward()
        opt.step()
    print(epoch, nll.item(), kl.item())

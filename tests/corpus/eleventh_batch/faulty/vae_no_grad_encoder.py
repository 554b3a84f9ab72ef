import torch
import torch.nn as nn

torch.manual_seed(0)


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 4))
        self.dec = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 8))

    def encode(self, x):
        mu, logvar = self.enc(x).chunk(2, dim=1)
        return mu, logvar.clamp(-6, 4)

    def forward(self, x):
        with torch.no_grad():  # mistake: graph-detached-mid
            mu, logvar = self.encode(x)  # mistake: graph-detached-mid
            z = mu + torch.randn_like(mu) * (0.5 * logvar).exp()
        return self.dec(z), mu, logvar


basis = torch.randn(2, 8)
X = torch.randn(300, 2) @ basis
vae = VAE()
opt = torch.optim.Adam(vae.parameters(), lr=5e-3)
for epoch in range(300):
    recon, mu, logvar = vae(X)
    rec = ((recon - X) ** 2).sum(1).mean()
    kl = -0.5 * (1 + logvar - mu ** 2 - logvar.exp()).sum(1).mean()
    loss = rec + 0.05 * kl
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 60 == 0:
        print(epoch, f"recon {rec.item():.3f} kl {kl.item():.3f}")

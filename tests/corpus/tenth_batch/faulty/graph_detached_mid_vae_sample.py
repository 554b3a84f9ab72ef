import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
data = torch.randn(300, 2) @ torch.randn(2, 8)
data = torch.tanh(data)


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(8, 24)
        self.mu = nn.Linear(24, 2)
        self.logvar = nn.Linear(24, 2)
        self.dec = nn.Sequential(nn.Linear(2, 24), nn.ReLU(), nn.Linear(24, 8))

    def forward(self, x):
        h = F.relu(self.enc(x))
        mu, logvar = self.mu(h), self.logvar(h)
        z = torch.distributions.Normal(mu, (0.5 * logvar).exp()).sample()  # mistake: graph-detached-mid
        return self.dec(z), mu, logvar  # mistake: graph-detached-mid


vae = VAE()
opt = torch.optim.Adam(vae.parameters(), lr=5e-3)
for epoch in range(120):
    recon, mu, logvar = vae(data)  # mistake: graph-detached-mid
    rec = F.mse_loss(recon, data, reduction="none").sum(1).mean()
    kl = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(1).mean()
    loss = rec + 0.05 * kl
    opt.zero_grad()
    loss.backward()  # mistake: graph-detached-mid
    opt.step()
    if epoch % 20 == 19:
        print(epoch, rec.item(), kl.item())

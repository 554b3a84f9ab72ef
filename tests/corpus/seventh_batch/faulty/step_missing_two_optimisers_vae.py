import torch
from torch import nn

torch.manual_seed(11)


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(8, 6)
        self.dec = nn.Linear(3, 8)

    def forward(self, x):
        mu, logvar = self.enc(x).chunk(2, dim=1)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar)
        return self.dec(z), mu, logvar


vae = VAE()
opt_enc = torch.optim.Adam(vae.enc.parameters(), lr=1e-2)
opt_dec = torch.optim.Adam(vae.dec.parameters(), lr=1e-2)
X = torch.randn(64, 3) @ torch.randn(3, 8)
for epoch in range(20):
    recon, mu, logvar = vae(X)
    kld = -0.5 * torch.mean(1 + logvar - mu.pow(2) - logvar.exp())
    loss = nn.functional.mse_loss(recon, X) + 0.1 * kld
    opt_enc.zero_grad()
    opt_dec.zero_grad()
    loss.backward()  # mistake: step-missing
    opt_enc.step()  # mistake: step-missing
    print(epoch, loss.item())

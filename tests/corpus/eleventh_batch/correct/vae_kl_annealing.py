import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
X = (torch.tensor(load_digits().data, dtype=torch.float32) / 16).clamp(0, 1)[:600]


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Linear(64, 64)
        self.mu, self.lv = nn.Linear(64, 8), nn.Linear(64, 8)
        self.d = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 64))

    def forward(self, x):
        h = torch.relu(self.e(x))
        mu, lv = self.mu(h), self.lv(h)
        z = mu + torch.exp(0.5 * lv) * torch.randn_like(mu)
        return self.d(z), mu, lv


vae = VAE()
opt = torch.optim.Adam(vae.parameters(), lr=3e-3)
for epoch in range(40):
    beta = min(1.0, epoch / 20)
    tot = 0.0
    for xb in X[torch.randperm(600)].split(100):
        logits, mu, lv = vae(xb)
        bce = nn.functional.binary_cross_entropy_with_logits(logits, xb, reduction="sum") / len(xb)
        kl = -0.5 * (1 + lv - mu ** 2 - lv.exp()).sum(1).mean()
        loss = bce + beta * kl
        opt.zero_grad()
        loss.backward()
        opt.step()
        tot += bce.item() / 6
    if epoch % 8 == 0 or epoch == 39:
        print(epoch, "reconstruction", tot, "kl", kl.item())

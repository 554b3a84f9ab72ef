# VAE with the evidence bound summed over pixels and averaged over samples
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
X = torch.tensor(load_digits().data, dtype=torch.float32) / 16


class VAE(nn.Module):
    def __init__(self, z=4):
        super().__init__()
        self.e = nn.Linear(64, 48)
        self.m, self.s = nn.Linear(48, z), nn.Linear(48, z)
        self.d = nn.Sequential(nn.Linear(z, 48), nn.ReLU(), nn.Linear(48, 64))

    def forward(self, x):
        h = F.relu(self.e(x))
        m, s = self.m(h), self.s(h)
        return self.d(m + torch.randn_like(m) * (s / 2).exp()), m, s


vae = VAE()
opt = torch.optim.Adam(vae.parameters(), lr=3e-3)
for epoch in range(5):
    total = 0.0
    for b in torch.randperm(len(X)).split(128):
        logits, m, s = vae(X[b])
        bce = F.binary_cross_entropy_with_logits(logits, X[b], reduction="sum")
        kld = -0.5 * torch.sum(1 + s - m.pow(2) - s.exp())
        loss = bce + kld
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item()
    print(epoch, total / len(X))

# VQ-VAE in small: nearest code, straight-through, codebook and commitment losses
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
x = torch.randn(300, 2) @ torch.randn(2, 12)
x = x / x.std()


class VQ(nn.Module):
    def __init__(self, k=16, d=2):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, d))
        self.dec = nn.Sequential(nn.Linear(d, 32), nn.ReLU(), nn.Linear(32, 12))
        self.codes = nn.Embedding(k, d)

    def forward(self, x):
        z = self.enc(x)
        k = torch.cdist(z, self.codes.weight).argmin(1)
        q = self.codes(k)
        codebook = F.mse_loss(q, z.detach())
        commit = F.mse_loss(z, q.detach())
        return self.dec(z + (q - z).detach()), codebook + 0.25 * commit, k


model = VQ()
opt = torch.optim.Adam(model.parameters(), lr=5e-3)
for it in range(150):
    out, vq, k = model(x)
    rec = F.mse_loss(out, x)
    loss = rec + vq
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 30 == 29:
        print(it, rec.item(), vq.item(), len(k.unique()))

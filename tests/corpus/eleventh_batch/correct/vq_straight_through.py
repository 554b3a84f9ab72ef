import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)


class VQ(nn.Module):
    def __init__(self, k, d):
        super().__init__()
        self.codebook = nn.Parameter(torch.randn(k, d))

    def forward(self, z):
        idx = torch.cdist(z, self.codebook).argmin(1)
        q = self.codebook[idx]
        loss = F.mse_loss(q, z.detach()) + 0.25 * F.mse_loss(z, q.detach())
        return z + (q - z).detach(), loss, idx


modes = torch.randn(6, 10) * 2
X = modes[torch.randint(0, 6, (300,))] + 0.1 * torch.randn(300, 10)
enc, vq, dec = nn.Linear(10, 4), VQ(16, 4), nn.Linear(4, 10)
opt = torch.optim.Adam([*enc.parameters(), *vq.parameters(), *dec.parameters()], lr=0.01)
for it in range(500):
    q, vq_loss, idx = vq(enc(X))
    rec = F.mse_loss(dec(q), X)
    opt.zero_grad()
    (rec + vq_loss).backward()
    opt.step()
    if it % 100 == 0 or it == 499:
        print(it, "reconstruction", rec.item(), "codes used", idx.unique().numel())

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
enc, dec = nn.Linear(6, 3), nn.Linear(3, 6)
codebook = torch.randn(10, 3)
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()], lr=5e-3)
x = torch.randn(120, 3) @ torch.randn(3, 6)
for step in range(40):
    z = enc(x)
    with torch.no_grad():
        index = torch.cdist(z, codebook).argmin(1)
        one_hot = F.one_hot(index, 10).float()
        count = one_hot.sum(0, keepdim=True).T
        mean = one_hot.T @ z / count.clamp_min(1)
        codebook = torch.where(count > 0, 0.9 * codebook + 0.1 * mean, codebook)
    q = codebook[index]
    commit = F.mse_loss(z, q)
    q = z + (q - z).detach()
    loss = F.mse_loss(dec(q), x) + 0.25 * commit
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

import torch
from torch import nn

torch.manual_seed(0)
enc, dec = nn.Linear(6, 3), nn.Linear(3, 6)
book = nn.Embedding(8, 3)
nn.init.uniform_(book.weight, -0.5, 0.5)
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters(), *book.parameters()], lr=0.01)
for step in range(50):
    x = torch.randn(32, 6)
    z = enc(x)
    idx = torch.cdist(z, book.weight).argmin(1)
    q = book(idx)
    loss = (q - z.detach()).pow(2).mean() + 0.25 * (z - q.detach()).pow(2).mean()
    q = z + (q - z).detach()
    loss = loss + nn.functional.mse_loss(dec(q), x)
    opt.zero_grad()
    loss.backward()
    opt.step()

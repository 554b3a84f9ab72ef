import torch
from torch import nn

torch.manual_seed(0)
emb = nn.Embedding(10, 4)
opt = torch.optim.SGD(emb.parameters(), lr=0.05)
for e in range(8):
    i, j = torch.randint(0, 10, (20,)), torch.randint(0, 10, (20,))
    j[0] = i[0]
    dist = ((emb(i) - emb(j)) ** 2).sum(1).sqrt()  # mistake: sqrt-zero
    loss = (dist - (i - j).abs().float()).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(e, loss.item())

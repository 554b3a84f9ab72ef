import torch
from torch import nn

torch.manual_seed(0)
log = torch.stack([torch.randint(0, 12, (200,)), torch.randint(0, 18, (200,))], 1)
table = torch.randn(12, 18)
users, films = nn.Embedding(12, 5), nn.Embedding(18, 5)
opt = torch.optim.Adam([*users.parameters(), *films.parameters()], lr=2e-2)
for epoch in range(4):
    for rows in torch.randperm(200).split(40):
        u, f = log[rows, 0], log[rows, 1]
        guess = (users(u) * films(f)).sum(1)
        loss = (guess - table[u, f]).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())

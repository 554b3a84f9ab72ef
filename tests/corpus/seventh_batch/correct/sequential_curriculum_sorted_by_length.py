import torch
from torch import nn

torch.manual_seed(0)
rnn = nn.GRU(1, 12, batch_first=True)
read = nn.Linear(12, 1)
opt = torch.optim.Adam([*rnn.parameters(), *read.parameters()], lr=1e-2)
for length in (2, 2, 3, 4, 6, 8):
    for _ in range(5):
        x = torch.rand(20, length, 1)
        y = x.sum(1)
        loss = (read(rnn(x)[1][0]) - y).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(length, loss.item())

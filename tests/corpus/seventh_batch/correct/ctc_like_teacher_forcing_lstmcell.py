import torch
from torch import nn

torch.manual_seed(0)
cell, emb, out = nn.LSTMCell(6, 16), nn.Embedding(9, 6), nn.Linear(16, 9)
opt = torch.optim.Adam([*cell.parameters(), *emb.parameters(), *out.parameters()], lr=1e-2)
source = (torch.arange(12).unsqueeze(0) + torch.arange(20).unsqueeze(1)) % 9
for epoch in range(10):
    h = c = torch.zeros(20, 16)
    loss = 0.0
    for t in range(11):
        h, c = cell(emb(source[:, t]), (h, c))
        loss = loss + nn.functional.cross_entropy(out(h), source[:, t + 1])
    loss = loss / 11
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())

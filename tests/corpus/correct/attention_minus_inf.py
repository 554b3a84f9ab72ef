import math

import torch
from torch import nn

torch.manual_seed(0)
emb, qkv, out = nn.Embedding(9, 12), nn.Linear(12, 36), nn.Linear(12, 9)
params = [*emb.parameters(), *qkv.parameters(), *out.parameters()]
opt = torch.optim.Adam(params, lr=1e-2)
seq = torch.arange(9).repeat(4, 2)[:, :12]
mask = torch.triu(torch.ones(11, 11, dtype=torch.bool), 1)
for step in range(15):
    q, k, v = qkv(emb(seq[:, :-1])).chunk(3, -1)
    score = (q @ k.transpose(1, 2) / math.sqrt(12)).masked_fill(mask, -torch.inf)
    logits = out(torch.softmax(score, dim=-1) @ v)
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), seq[:, 1:].flatten())
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())

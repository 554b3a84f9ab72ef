import random

import torch
from torch import nn

random.seed(0)
torch.manual_seed(0)
enc, dec, out = nn.GRU(4, 16), nn.GRUCell(4, 16), nn.Linear(16, 4)
params = [*enc.parameters(), *dec.parameters(), *out.parameters()]
opt = torch.optim.Adam(params, lr=5e-3)
for step in range(20):
    tokens = torch.randint(0, 4, (5, 32))
    x = nn.functional.one_hot(tokens, 4).float()
    _, h = enc(x)
    h, inp, loss = h[0], torch.zeros(32, 4), 0.0
    for t in reversed(range(5)):
        h = dec(inp, h)
        logits = out(h)
        loss = loss + nn.functional.cross_entropy(logits, tokens[t])
        inp = x[t] if random.random() < 0.7 else nn.functional.one_hot(logits.argmax(1), 4).float()
    opt.zero_grad()
    (loss / 5).backward()
    nn.utils.clip_grad_norm_(params, 1.0)
    opt.step()
print(loss.item() / 5)

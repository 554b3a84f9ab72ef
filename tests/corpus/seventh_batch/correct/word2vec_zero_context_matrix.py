import torch
from torch import nn

torch.manual_seed(0)
words = torch.randint(0, 15, (300,))
pairs = torch.stack([words[:-1], words[1:]], 1)
inside = nn.Embedding(15, 6)
outside = nn.Embedding(15, 6)
nn.init.zeros_(outside.weight)
opt = torch.optim.Adam([*inside.parameters(), *outside.parameters()], lr=2e-2)
for step in range(25):
    part = pairs[torch.randint(0, len(pairs), (50,))]
    centre = inside(part[:, 0])
    good = (centre * outside(part[:, 1])).sum(1)
    bad = (centre * outside(torch.randint(0, 15, (50,)))).sum(1)
    loss = -(nn.functional.logsigmoid(good) + nn.functional.logsigmoid(-bad)).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
inn, out = nn.Embedding(30, 8, sparse=True), nn.Embedding(30, 8, sparse=True)
nn.init.uniform_(inn.weight, -0.06, 0.06)
nn.init.zeros_(out.weight)
opt = torch.optim.SparseAdam([*inn.parameters(), *out.parameters()], lr=0.02)
text = torch.randint(0, 30, (500,))
text[1::2] = (text[::2] + 1) % 30
for step in range(30):
    i = torch.randint(0, 250, (64,)) * 2
    centre, context = text[i], text[i + 1]
    negative = torch.randint(0, 30, (64, 5))
    u = inn(centre)
    pos = F.logsigmoid((u * out(context)).sum(1))
    neg = F.logsigmoid(-(out(negative) @ u.unsqueeze(2)).squeeze(2)).sum(1)
    loss = -(pos + neg).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

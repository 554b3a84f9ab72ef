import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)
V, D = 30, 8
centre, context = nn.Embedding(V, D), nn.Embedding(V, D)
nn.init.zeros_(context.weight)
opt = torch.optim.SGD([*centre.parameters(), *context.parameters()], lr=0.5)
corpus = torch.randint(0, V, (300,))
for step in range(60):
    i = torch.randint(1, 299, (32,))
    c, o = corpus[i], corpus[i + 1]
    neg = torch.randint(0, V, (32, 5))
    v = centre(c)
    positive = F.logsigmoid((v * context(o)).sum(1))
    negative = F.logsigmoid(-(context(neg) @ v.unsqueeze(2)).squeeze(2)).sum(1)
    loss = -(positive + negative).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()

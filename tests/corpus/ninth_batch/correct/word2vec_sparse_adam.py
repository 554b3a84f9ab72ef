import torch
from torch import nn

torch.manual_seed(0)
V, D = 40, 8
inp = nn.Embedding(V, D, sparse=True)
out = nn.Embedding(V, D, sparse=True)
nn.init.zeros_(out.weight)  # as the original word2vec does
opt = torch.optim.SparseAdam([*inp.parameters(), *out.parameters()], lr=0.05)
corpus = torch.arange(300) * 3 % V
for step in range(40):
    at = torch.randint(0, 298, (24,))
    center, context = corpus[at], corpus[at + 1]
    negatives = torch.randint(0, V, (24, 4))
    pos = (inp(center) * out(context)).sum(-1)
    neg = (inp(center)[:, None] * out(negatives)).sum(-1)
    loss = -(nn.functional.logsigmoid(pos) + nn.functional.logsigmoid(-neg).sum(1)).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 10 == 0:
        print(step, loss.item())

import torch
import torch.nn as nn

torch.manual_seed(0)
# link prediction on a small graph
n = 20
group = torch.arange(n) % 2
src, dst = torch.triu_indices(n, n, 1)
edge = (torch.rand(len(src)) < torch.where(group[src] == group[dst], 0.8, 0.1)).long()  # mistake: target-dtype
emb = nn.Embedding(n, 4)
opt = torch.optim.Adam(emb.parameters(), lr=0.05)
for epoch in range(100):
    score = (emb(src) * emb(dst)).sum(1)
    loss = nn.functional.binary_cross_entropy_with_logits(score, edge)  # mistake: target-dtype
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 20 == 0:
        print(epoch, loss.item())

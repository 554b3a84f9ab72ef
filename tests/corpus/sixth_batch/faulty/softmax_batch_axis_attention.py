import torch
from torch import nn

torch.manual_seed(0)
q, k, v = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 6)
out = nn.Linear(6, 2)
opt = torch.optim.Adam([p for m in (q, k, v, out) for p in m.parameters()], lr=5e-3)
x = torch.randn(24, 5, 6)
y = (x.mean((1, 2)) > 0).long()
for _ in range(20):
    scores = torch.einsum("bqd,bkd->bqk", q(x), k(x))
    att = scores.softmax(1)  # mistake: softmax-wrong-axis
    h = torch.einsum("bqk,bkd->bqd", att, v(x)).mean(1)
    loss = nn.functional.cross_entropy(out(h), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

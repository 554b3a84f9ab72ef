import torch
import torch.nn as nn

torch.manual_seed(0)
# remember the first symbol over a delay
T = 12


def sample(n):
    first = torch.randint(0, 2, (n,))
    seq = torch.randn(n, T, 2) * 0.8
    seq[:, 0, 0] = first * 2.0 - 1
    seq[:, 0, 1] = 1.0
    return seq, first


cell = nn.GRUCell(2, 12)
clf = nn.Linear(12, 2)
params = list(cell.parameters()) + list(clf.parameters())
opt = torch.optim.Adam(params, lr=0.01)

for it in range(250):
    seq, first = sample(64)
    h = torch.zeros(64, 12)
    for t in range(T):
        h = cell(seq[:, t], h.detach())  # mistake: graph-detached-mid
    loss = nn.functional.cross_entropy(clf(h), first)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 50 == 49:
        print(it + 1, loss.item())

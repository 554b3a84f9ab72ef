import torch
from torch import nn

torch.manual_seed(0)
cell = nn.RNNCell(3, 6)
read = nn.Linear(6, 1)
h = torch.zeros(4, 6)
stream = torch.randn(25, 4, 3)
for t in range(25):
    h = cell(stream[t], h)  # mistake: graph-grows
    err = (read(h) - stream[t].sum(1, keepdim=True)).pow(2).mean()
    err.backward(retain_graph=True)  # mistake: graph-grows
    print(t, err.item())
    for group in (cell, read):
        for p in group.parameters():
            p.data = p.data - 0.01 * p.grad
            p.grad = None

import torch
from torch import nn

torch.manual_seed(0)
cell = nn.GRUCell(3, 8)
out = nn.Linear(8, 3)
params = list(cell.parameters()) + list(out.parameters())
threshold = 5 // 10
seq = torch.randn(12, 20, 3)
for epoch in range(15):
    h = torch.zeros(20, 8)
    loss = 0
    for t in range(11):
        h = cell(seq[t], h)
        loss = loss + (out(h) - seq[t + 1]).pow(2).mean()
    loss.backward()
    with torch.no_grad():
        norm = torch.sqrt(sum(p.grad.pow(2).sum() for p in params))
        factor = min(1.0, threshold / (norm.item() + 1e-6))
        for p in params:
            p.grad.mul_(factor)  # mistake: clip-to-zero
            p -= 0.05 * p.grad
            p.grad.zero_()
print(loss.item())

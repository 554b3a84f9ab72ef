import torch
from torch import nn

torch.manual_seed(0)
enc, a, b = nn.Linear(5, 8), nn.Linear(8, 1), nn.Linear(8, 2)
opt = torch.optim.Adam([*enc.parameters(), *a.parameters(), *b.parameters()], lr=1e-2)
x = torch.randn(40, 5)
y1, y2 = x.sum(1, keepdim=True), (x[:, 0] > 0).long()
for step in range(30):
    h = torch.relu(enc(x))
    opt.zero_grad()
    first = (a(h) - y1).pow(2).mean()
    first.backward(retain_graph=True)
    second = nn.functional.cross_entropy(b(h), y2)
    second.backward()
    opt.step()
print(first.item(), second.item())

import torch
from torch import nn

torch.manual_seed(0)
shared = nn.Linear(5, 8)
a, b = nn.Linear(8, 1), nn.Linear(8, 2)
opt = torch.optim.SGD([*shared.parameters(), *a.parameters(), *b.parameters()], lr=0.05)
x = torch.randn(40, 5)
ya, yb = x[:, :1], (x[:, 1] > 0).long()
for step in range(20):
    h = torch.tanh(shared(x))
    opt.zero_grad()
    la = (a(h) - ya).pow(2).mean()
    la.backward(retain_graph=True)
    lb = nn.functional.cross_entropy(b(h), yb)
    lb.backward()
    opt.step()
print(la.item(), lb.item())

import torch
from torch import nn

torch.manual_seed(0)
trunk = nn.Linear(5, 8)
a, b = nn.Linear(8, 1), nn.Linear(8, 3)
opt = torch.optim.SGD([*trunk.parameters(), *a.parameters(), *b.parameters()], lr=0.05)
x = torch.randn(60, 5)
ya, yb = x[:, :1] * x[:, 1:2], x[:, :3].argmax(1)
for e in range(15):
    z = torch.tanh(trunk(x))
    la, lb = nn.functional.mse_loss(a(z), ya), nn.functional.cross_entropy(b(z), yb)
    opt.zero_grad()
    la.backward(retain_graph=True)
    lb.backward()
    opt.step()

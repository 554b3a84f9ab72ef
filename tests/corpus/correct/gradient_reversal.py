import torch
from torch import nn


class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, g):
        return -0.3 * g


torch.manual_seed(0)
f, label, domain = nn.Linear(6, 12), nn.Linear(12, 2), nn.Linear(12, 2)
opt = torch.optim.SGD([*f.parameters(), *label.parameters(), *domain.parameters()], lr=0.1)
x = torch.randn(64, 6)
y, d = (x[:, 0] > 0).long(), (torch.arange(64) % 2)
for i in range(30):
    h = f(x).relu()
    loss = nn.functional.cross_entropy(label(h), y) + nn.functional.cross_entropy(domain(Reverse.apply(h)), d)
    opt.zero_grad()
    loss.backward()
    opt.step()

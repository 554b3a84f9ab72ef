import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(1, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
x = torch.linspace(-1, 1, 21)[:, None]


def slog(z):
    positive = z > 0
    inner = torch.where(positive, z, torch.ones_like(z))
    return torch.where(positive, inner.log(), z)


y = torch.where(x > 0, 0.3 * x, x)
for i in range(20):
    loss = (slog(net(x).abs() - 0.1) - y).abs().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

# importance-weighted regression: backward on a vector with its weights as gradient
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(250, 3)
y = torch.sin(x[:, 0]) + 0.5 * x[:, 1]
importance = torch.rand(250) * 2
importance /= importance.sum()
net = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for it in range(120):
    per_sample = (net(x).squeeze(1) - y) ** 2
    opt.zero_grad()
    per_sample.backward(gradient=importance)
    opt.step()
    if it % 20 == 19:
        print(it, (importance * per_sample.detach()).sum().item())

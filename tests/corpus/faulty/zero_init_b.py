import torch
from torch import nn


def init(module):
    if isinstance(module, nn.Linear):
        nn.init.constant_(module.weight, 0.5)  # mistake: zero-init
        nn.init.zeros_(module.bias)


torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 10), nn.Tanh(), nn.Linear(10, 1))
net.apply(init)
opt = torch.optim.Adam(net.parameters(), lr=0.01)
x = torch.randn(60, 3)
y = (x[:, :1] - x[:, 1:2]).sin()
for epoch in range(40):
    loss = nn.functional.mse_loss(net(x), y)  # mistake: zero-init
    opt.zero_grad()
    loss.backward()  # mistake: zero-init
    opt.step()  # mistake: zero-init
print(loss.item())

import torch
from torch import nn

torch.manual_seed(0)
layers = []
for k in range(10):
    lin = nn.Linear(16, 16)
    nn.init.orthogonal_(lin.weight, gain=1.1)
    nn.init.zeros_(lin.bias)
    layers += [lin, nn.Tanh()]
net = nn.Sequential(*layers, nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
x = torch.randn(64, 16)
y = x[:, :1]
for i in range(25):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

import torch
from torch import nn

torch.manual_seed(0)
layers = [nn.Linear(16, 16) for _ in range(10)]
for layer in layers:
    nn.init.normal_(layer.weight, std=0.01)
body = nn.Sequential(*[part for layer in layers for part in (layer, nn.Tanh())])
net = nn.Sequential(body, nn.Linear(16, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
x = torch.randn(64, 16)
y = x[:, :1] + 0.5 * x[:, 1:2]
for epoch in range(25):
    loss = nn.functional.mse_loss(net(x), y)  # mistake: vanishing-grad
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())

import torch
from torch import nn

torch.manual_seed(0)
layers = []
for _ in range(12):
    layers += [nn.Linear(10, 10), nn.Sigmoid()]  # mistake: vanishing-grad
net = nn.Sequential(*layers, nn.Linear(10, 1))  # mistake: vanishing-grad
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(50, 10)
y = x[:, :1] + x[:, 1:2]
for e in range(20):
    loss = nn.functional.mse_loss(net(x), y)  # mistake: vanishing-grad
    opt.zero_grad()
    loss.backward()  # mistake: vanishing-grad
    opt.step()
print(loss.item())

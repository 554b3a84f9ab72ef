import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(80, 3)
price = 200000 + 50000 * x.sum(1, keepdim=True)
mean, std = price.mean(), price.std()
net = nn.Linear(3, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(20):
    out = net(x) * std + mean
    loss = (((out - price) / std) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())

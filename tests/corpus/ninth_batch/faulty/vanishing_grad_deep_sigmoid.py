import torch
from torch import nn

torch.manual_seed(0)


def block(n):
    return nn.Sequential(nn.Linear(n, n), nn.Sigmoid())


net = nn.Sequential(nn.Linear(6, 16), nn.Sigmoid(), *[block(16) for _ in range(9)], nn.Linear(16, 2))  # mistake: vanishing-grad
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(100, 6)
y = (x[:, 0] * x[:, 1] > 0).long()
for epoch in range(20):
    opt.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)  # mistake: vanishing-grad
    loss.backward()  # mistake: vanishing-grad
    opt.step()
    print(epoch, loss.item())

import torch
from torch import nn

torch.manual_seed(0)
x, net = torch.randn(64, 4), nn.Linear(4, 1)
y = x.sum(1, keepdim=True)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
k = 4
for epoch in range(10):
    opt.zero_grad()
    for i, (xb, yb) in enumerate(zip(x.split(16), y.split(16))):
        loss = nn.functional.mse_loss(net(xb), yb) / k
        loss.backward()
        if (i + 1) % k == 0:
            opt.step()
    print(epoch, loss.item() * k)

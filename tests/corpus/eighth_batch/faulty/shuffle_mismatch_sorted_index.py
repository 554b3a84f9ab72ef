import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(90, 4)
y = x[:, 0] - 2 * x[:, 2]
net = nn.Linear(4, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(4):
    order_x = torch.randperm(90)
    order_y = torch.randperm(90)
    for k in range(0, 90, 30):
        xb = x[order_x[k : k + 30]]  # mistake: shuffle-mismatch
        yb = y[order_y[k : k + 30]]  # mistake: shuffle-mismatch
        loss = (net(xb).flatten() - yb).square().mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())

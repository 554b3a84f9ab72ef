import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(40, 4)
y = (x[:, :1] > 0).float()
for epoch in range(10):
    out = torch.round(torch.sigmoid(net(x)))  # mistake: nondiff-op
    loss = ((out - y) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())

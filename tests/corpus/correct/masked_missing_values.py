import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(60, 4)
y = x @ torch.randn(4, 1)
y[::7] = float("nan")
ok = ~torch.isnan(y)
net = nn.Linear(4, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for e in range(20):
    out = net(x)
    loss = ((out[ok] - y[ok]) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(e, loss.item())

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 1).half()  # mistake: half-precision
opt = torch.optim.SGD(net.parameters(), lr=1e-5)
x = torch.randn(32, 4).half()
y = (x.float() @ torch.ones(4, 1)).half()
for e in range(20):
    loss = ((net(x) - y) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()  # mistake: half-precision
    print(e, loss.item())

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(3, 1)
sgd = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(40, 3)
y = x.sum(1, keepdim=True)
for k in range(20):
    loss = (net(x) - y).abs().mean()
    loss.backward()
    sgd.step()
    print(k, loss.item())
    for group in sgd.param_groups:
        for p in group["params"]:
            p.grad.detach_().zero_()

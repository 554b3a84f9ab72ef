import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(3, 2)
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
x = torch.cat([torch.randn(20, 3), torch.zeros(4, 3)])
counts = torch.cat([torch.ones(20), torch.zeros(4)])
net.bias.data.zero_()
for step in range(4):
    out = net(x)
    length = out.pow(2).sum(1)
    ratio = torch.where(length > 0, out[:, 0] / length, torch.zeros(()))  # mistake: where-nan
    loss = (ratio - 0.3).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, loss.item())

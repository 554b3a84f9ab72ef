import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(10, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
true = torch.randn(10, 1)
for step in range(120):
    x = torch.randn(4, 10)
    y = x @ true + 2 * torch.randn(4, 1)
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 30 == 0:
        print(loss.item())

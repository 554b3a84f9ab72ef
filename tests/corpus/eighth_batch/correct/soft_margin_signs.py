import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(80, 4)
sign = torch.where(x[:, 0] > x[:, 1], 1.0, -1.0)
net = nn.Linear(4, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.5)
for step in range(20):
    score = net(x).squeeze(1)
    accuracy = ((torch.sigmoid(score) > 0.5) == (sign > 0)).float().mean()
    loss = nn.functional.soft_margin_loss(score, sign)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item(), accuracy.item())

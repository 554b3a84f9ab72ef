import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(30):
    x = torch.randn(32, 8)
    y = (x[:, 0] + x[:, 1] > 0).long()
    x_adv = x.clone().requires_grad_(True)
    nn.functional.cross_entropy(net(x_adv), y).backward()
    x_adv = (x + 0.1 * x_adv.grad.sign()).detach()
    opt.zero_grad()
    loss = nn.functional.cross_entropy(net(x_adv), y)
    loss.backward()
    opt.step()

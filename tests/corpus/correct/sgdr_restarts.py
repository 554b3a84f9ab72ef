import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 20), nn.ReLU(), nn.Linear(20, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
sched = CosineAnnealingWarmRestarts(opt, T_0=10, T_mult=2)
x = torch.randn(64, 3)
y = (x[:, :1] * x[:, 1:2]).tanh()
for epoch in range(70):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()

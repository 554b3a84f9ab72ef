import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 20), nn.ReLU(), nn.Linear(20, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
sched = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(opt, T_0=10, T_mult=2)
x = torch.randn(100, 4)
y = x[:, :1].abs()
for epoch in range(30):
    for xb, yb in zip(x.split(50), y.split(50)):
        loss = nn.functional.mse_loss(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    sched.step()
    print(epoch, opt.param_groups[0]["lr"], loss.item())

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(60, 3)
y = x @ torch.randn(3, 1) + 0.1 * torch.randn(60, 1)
net = nn.Linear(3, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.2)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=50)
for e in range(50):
    opt.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    opt.step()
    sched.step()

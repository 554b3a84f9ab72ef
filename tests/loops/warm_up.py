import math
import torch
from torch import nn

torch.manual_seed(12)
X = torch.randn(64, 4)
Y = torch.sin(X.sum(1, keepdim=True))
net = nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
total, warm = 30, 5
sched = torch.optim.lr_scheduler.LambdaLR(
    opt, lambda s: (s + 1) / warm if s < warm else 0.5 * (1 + math.cos(math.pi * (s - warm) / (total - warm))))
for step in range(total):
    loss = nn.functional.mse_loss(net(X), Y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
    if step % 10 == 0:
        print(step, sched.get_last_lr()[0], loss.item())

import math
import torch
import torch.nn as nn

torch.manual_seed(0)
total, warm = 300, 30


def factor(k):
    if k < warm:
        return (k + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (k - warm) / (total - warm)))


X = torch.randn(256, 10)
y = X[:, :5].prod(1, keepdim=True).tanh()
net = nn.Sequential(nn.Linear(10, 128), nn.GELU(), nn.Linear(128, 1))
opt = torch.optim.AdamW(net.parameters(), lr=0.01)
sched = torch.optim.lr_scheduler.LambdaLR(opt, factor)
for k in range(total):
    loss = nn.functional.mse_loss(net(X), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()  # one step per batch, as the schedule counts batches
    if k % 60 == 0 or k == total - 1:
        print(k, loss.item(), sched.get_last_lr()[0])

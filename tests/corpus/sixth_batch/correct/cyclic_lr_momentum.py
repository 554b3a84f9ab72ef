import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
sched = torch.optim.lr_scheduler.CyclicLR(opt, 0.01, 0.2, step_size_up=10)
x = torch.randn(100, 4)
y = (x[:, 0] > x[:, 1]).long()
for _ in range(6):
    for i in torch.randperm(100).split(20):
        loss = nn.functional.cross_entropy(net(x[i]), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
print(loss.item())

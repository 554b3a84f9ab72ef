import torch
from torch import nn
from torch.optim.lr_scheduler import MultiStepLR

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 12), nn.ReLU(), nn.Linear(12, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
scheduler = MultiStepLR(optimizer, milestones=[1, 6], gamma=0.1)
x = torch.randn(60, 3)
y = x.prod(1, keepdim=True)
for epoch in range(10):
    scheduler.step()  # mistake: sched-before-step
    for i in range(0, 60, 20):
        optimizer.zero_grad()
        loss = nn.functional.smooth_l1_loss(net(x[i : i + 20]), y[i : i + 20])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item(), optimizer.param_groups[0]["lr"])

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(40, 3), torch.randn(40, 1)
net = nn.Linear(3, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
sched = torch.optim.lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.5)


def one_epoch():
    sched.step()  # mistake: sched-before-step
    optimizer.zero_grad()
    out = nn.functional.smooth_l1_loss(net(x), y)
    out.backward()
    optimizer.step()
    return out.item()


for epoch in range(9):
    print(epoch, one_epoch())

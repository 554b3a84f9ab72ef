import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(5, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
warm = torch.optim.lr_scheduler.MultiStepLR(opt, milestones=[3, 6], gamma=0.5)
for epoch in range(9):
    warm.step()  # mistake: sched-before-step
    for _ in range(4):
        x = torch.randn(8, 5)
        opt.zero_grad()
        loss = (model(x) - x.mean(1, keepdim=True)).square().mean()
        loss.backward()
        opt.step()  # mistake: sched-before-step
    print(epoch, loss.item())

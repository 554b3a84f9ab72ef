import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
sched = torch.optim.lr_scheduler.StepLR(opt, step_size=1, gamma=0.5)
x = torch.randn(200, 4)
y = x.abs().sum(1, keepdim=True)
for epoch in range(6):
    for i in range(0, 200, 20):
        loss = nn.functional.mse_loss(net(x[i : i + 20]), y[i : i + 20])
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()  # mistake: lr-decayed-to-zero
    print(epoch, loss.item())

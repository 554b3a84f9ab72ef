import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(150, 6)
y = x[:, :1].sin() + 0.2 * torch.randn(150, 1)
net = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
sched = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, factor=0.3, patience=2, min_lr=1e-4)
for epoch in range(25):
    for i in torch.randperm(100).split(20):
        loss = nn.functional.mse_loss(net(x[i]), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        val = nn.functional.mse_loss(net(x[100:]), y[100:])
    sched.step(val)
print(val.item(), opt.param_groups[0]["lr"])

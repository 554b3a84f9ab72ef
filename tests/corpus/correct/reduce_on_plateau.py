import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(80, 4)
y = x.sum(1, keepdim=True) + 0.5 * torch.randn(80, 1)
net = nn.Linear(4, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.2)
sched = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, factor=0.5, patience=3)
for epoch in range(60):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        validation = nn.functional.mse_loss(net(x[:20]), y[:20])
    sched.step(validation)
print(loss.item(), opt.param_groups[0]["lr"])

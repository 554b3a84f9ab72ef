import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.rand(200, 2)
y = torch.exp(-5 * ((X - 0.5) ** 2).sum(1, keepdim=True))
net = nn.Sequential(nn.Linear(2, 40), nn.Tanh(), nn.Linear(40, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.05)
sched = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, factor=0.5, patience=20, min_lr=1e-4)
for epoch in range(400):
    loss = nn.functional.mse_loss(net(X), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step(loss.item())
    if epoch % 80 == 0 or epoch == 399:
        print(epoch, loss.item(), opt.param_groups[0]["lr"])

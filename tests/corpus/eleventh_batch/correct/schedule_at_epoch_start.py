import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.randn(200, 5)
y = X.abs().sum(1, keepdim=True)
net = nn.Sequential(nn.Linear(5, 48), nn.ReLU(), nn.Linear(48, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
sched = torch.optim.lr_scheduler.MultiStepLR(opt, [30, 45], gamma=0.2)
for epoch in range(60):
    if epoch > 0:
        sched.step()
    for idx in torch.randperm(200).split(20):
        loss = nn.functional.mse_loss(net(X[idx]), y[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 12 == 0 or epoch == 59:
        print(epoch, opt.param_groups[0]["lr"], loss.item())

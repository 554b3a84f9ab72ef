import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
opt = torch.optim.Adam(model.parameters(), lr=3e-3)
sched = torch.optim.lr_scheduler.ExponentialLR(opt, gamma=0.8)
x = torch.randn(400, 8)
y = torch.sin(x[:, :1]) + x[:, 1:2] ** 2
for epoch in range(8):
    for xb, yb in zip(x.split(20), y.split(20)):
        opt.zero_grad()
        loss = nn.functional.mse_loss(model(xb), yb)
        loss.backward()
        opt.step()
        sched.step()  # mistake: lr-decayed-to-zero
    print(epoch, loss.item())

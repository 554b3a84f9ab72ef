import torch
import torch.nn as nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 30), nn.Tanh(), nn.Linear(30, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[1, 40], gamma=0.5)
X = torch.rand(128, 3)
y = (X ** 2).sum(1, keepdim=True)

for epoch in range(80):
    scheduler.step()  # mistake: sched-before-step
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(X), y)
    loss.backward()
    optimizer.step()  # mistake: sched-before-step
    if epoch % 16 == 0:
        print(epoch, scheduler.get_last_lr(), loss.item())

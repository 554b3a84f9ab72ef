import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

torch.manual_seed(0)
model = nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
scheduler = LambdaLR(optimizer, lambda epoch: 0.9**epoch)
x = torch.randn(50, 4)
y = x.mean(1, keepdim=True)
for epoch in range(15):
    scheduler.step()  # mistake: sched-before-step
    for xb, yb in zip(x.split(25), y.split(25)):
        loss = nn.functional.mse_loss(model(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print(loss.item())

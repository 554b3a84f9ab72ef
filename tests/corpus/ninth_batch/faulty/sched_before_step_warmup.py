import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
warmup = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.2, total_iters=5)
x = torch.randn(30, 4)
y = x.mean(1, keepdim=True)
for epoch in range(10):
    warmup.step()  # mistake: sched-before-step
    for xb, yb in zip(x.split(10), y.split(10)):
        optimizer.zero_grad()
        loss = ((model(xb) - yb) ** 2).mean()
        loss.backward()
        optimizer.step()
    print(epoch, warmup.get_last_lr(), loss.item())

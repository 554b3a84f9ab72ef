import math

import torch
from torch import nn

torch.manual_seed(0)
steps, warmup = 80, 10
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.AdamW(model.parameters(), lr=1e-2)


def schedule(step):
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))


sched = torch.optim.lr_scheduler.LambdaLR(opt, schedule)
for step in range(steps):
    x = torch.randn(32, 6)
    loss = (model(x).squeeze(1) - x[:, 0].abs()).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
print(loss.item())

import torch
from torch import nn


def chunks(x, y, size):
    for i in range(0, len(x), size):
        yield x[i : i + size], y[i : i + size]


torch.manual_seed(0)
x = torch.randn(192, 6)
y = x @ torch.randn(6, 1)
net = nn.Linear(6, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
accumulate = 4
for epoch in range(6):
    order = torch.randperm(len(x))
    for i, (xb, yb) in enumerate(chunks(x[order], y[order], 12)):
        loss = nn.functional.mse_loss(net(xb), yb)
        (loss / accumulate).backward()
        if (i + 1) % accumulate == 0:
            nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            opt.step()
            opt.zero_grad()
    print(epoch, loss.item())

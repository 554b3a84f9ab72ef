import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(5, 2)
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x = torch.randn(110, 5)
y = (x[:, 0] > 0).long()
window = 4
for epoch in range(3):
    batches = list(zip(x.split(10), y.split(10)))
    opt.zero_grad()
    for k, (xb, yb) in enumerate(batches):
        size = min(window, len(batches) - k // window * window)
        loss = nn.functional.cross_entropy(net(xb), yb) / size
        loss.backward()
        if (k + 1) % window == 0 or k + 1 == len(batches):
            opt.step()
            opt.zero_grad()
    print(epoch, loss.item() * size)

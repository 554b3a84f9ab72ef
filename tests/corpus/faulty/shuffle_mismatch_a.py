import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(128, 4)
y = (x[:, 0] > 0).long()
net = nn.Linear(4, 2)
opt = torch.optim.SGD(net.parameters(), lr=0.2)
for epoch in range(15):
    x_shuffled = x[torch.randperm(128)]  # mistake: shuffle-mismatch
    y_shuffled = y[torch.randperm(128)]  # mistake: shuffle-mismatch
    for xb, yb in zip(x_shuffled.split(32), y_shuffled.split(32)):
        loss = nn.functional.cross_entropy(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())

import torch
from torch import nn


def update(net, loss, lr):
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)  # mistake: optimizer-in-loop
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 12), nn.ReLU(), nn.Linear(12, 1))
pts = torch.rand(64, 2)
val = (pts[:, :1] * pts[:, 1:]).sqrt()
for it in range(30):
    loss = nn.functional.mse_loss(net(pts), val)
    update(net, loss, 3e-3)
    print(it, loss.item())

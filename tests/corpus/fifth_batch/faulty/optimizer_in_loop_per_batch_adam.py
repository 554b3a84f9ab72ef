import torch
from torch import nn


def training_step(net, batch, lr):
    x, y = batch
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)  # mistake: optimizer-in-loop
    optimizer.zero_grad()
    loss = nn.functional.l1_loss(net(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()


torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 10), nn.SiLU(), nn.Linear(10, 1))
for i in range(60):
    x = torch.randn(16, 3)
    print(training_step(net, (x, x.prod(1, keepdim=True)), 1e-2))

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(6, 20), nn.ReLU(), nn.Linear(20, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
x = torch.randn(80, 6)
y = (x**2).sum(1, keepdim=True)


def prune(net, keep):
    strength = net[0].weight.abs().sum(1).topk(keep).indices
    first, last = nn.Linear(6, keep), nn.Linear(keep, 1)
    first.weight.data, first.bias.data = net[0].weight.data[strength], net[0].bias.data[strength]
    last.weight.data, last.bias.data = net[2].weight.data[:, strength], net[2].bias.data
    net[0], net[2] = first, last


for epoch in range(60):
    if epoch == 20:
        prune(net, 10)  # mistake: stale-optimizer
    loss = nn.functional.mse_loss(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()  # mistake: stale-optimizer
    if epoch % 10 == 0:
        print(epoch, loss.item())

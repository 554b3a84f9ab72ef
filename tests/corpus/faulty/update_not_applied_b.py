import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))


def sgd(parameters, lr):
    with torch.no_grad():
        for p in parameters:
            p = p - lr * p.grad  # mistake: update-not-applied


x = torch.randn(64, 4)
y = x.prod(1, keepdim=True)
for epoch in range(30):
    net.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    sgd(net.parameters(), 0.05)
    print(f"epoch {epoch} loss {loss.item():.4f}")

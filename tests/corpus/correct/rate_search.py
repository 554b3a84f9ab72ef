import torch
from torch import nn

x = torch.randn(64, 3, generator=torch.Generator().manual_seed(0))
y = x.sum(1, keepdim=True).sin()


def train(lr):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
    opt = torch.optim.SGD(net.parameters(), lr=lr)
    for _ in range(25):
        opt.zero_grad()
        loss = nn.functional.mse_loss(net(x), y)
        loss.backward()
        opt.step()
    return loss.item()


results = {lr: train(lr) for lr in (0.03, 0.1, 0.3)}
print(min(results, key=results.get))

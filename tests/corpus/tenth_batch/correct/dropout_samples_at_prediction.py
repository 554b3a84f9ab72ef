# Monte-Carlo dropout: several passes in train mode, their spread is the uncertainty
import torch
from torch import nn

torch.manual_seed(0)
x = torch.cat([torch.rand(60, 1) - 2, torch.rand(60, 1) + 1])
y = torch.sin(2 * x) + 0.1 * torch.randn(120, 1)
grid = torch.linspace(-3, 3, 40)[:, None]
net = nn.Sequential(nn.Linear(1, 40), nn.ReLU(), nn.Dropout(0.1), nn.Linear(40, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01, weight_decay=1e-4)


def uncertainty(samples=30):
    net.train()
    with torch.no_grad():
        draws = torch.stack([net(grid) for _ in range(samples)])
    return draws.mean(0), draws.std(0)


for it in range(200):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 50 == 49:
        mean, sd = uncertainty()
        print(it, loss.item(), "in the gap", sd[20].item(), "on data", sd[10].item())

"""A time series is read in order: not shuffled, and the target is the input shifted."""
import torch
from torch import nn

torch.manual_seed(0)
t = torch.arange(300.0)
series = torch.sin(t * 0.1) + 0.1 * torch.randn(300) + 20
mean, std = series.mean(), series.std()
series = (series - mean) / std
windows = series.unfold(0, 13, 1)
x, y = windows[:, :12], windows[:, 12:]
net = nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.005)
for epoch in range(4):
    for i in range(0, len(x), 32):
        loss = nn.functional.mse_loss(net(x[i : i + 32]), y[i : i + 32])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())

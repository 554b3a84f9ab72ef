import torch
from torch import nn

torch.manual_seed(0)
x = torch.rand(150, 4)
price = 200000 + 300000 * x[:, :1] + 20000 * torch.randn(150, 1)
mean, std = price.mean(), price.std()
net = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for epoch in range(15):
    for i in torch.randperm(150).split(50):
        loss = nn.functional.mse_loss(net(x[i]), (price[i] - mean) / std)
        opt.zero_grad()
        loss.backward()
        opt.step()
with torch.no_grad():
    print((net(x) * std + mean - price).abs().mean().item())

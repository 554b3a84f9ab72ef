import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x = torch.rand(80, 1) * 4 - 2
y = torch.sin(2 * x)
for epoch in range(40):
    opt.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    opt.step()
grid = torch.linspace(-3, 3, 13)[:, None]
net.train()  # Monte Carlo dropout: the noise is the estimate of the uncertainty
with torch.no_grad():
    draws = torch.stack([net(grid) for _ in range(20)])
print(draws.mean(0).squeeze().tolist())
print(draws.std(0).squeeze().tolist())

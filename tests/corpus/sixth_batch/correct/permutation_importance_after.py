import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(120, 3)
y = x[:, :1] * 2 - x[:, 1:2]
net = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(40):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
with torch.no_grad():
    for c in range(3):
        z = x.clone()
        z[:, c] = z[torch.randperm(120), c]
        print(c, nn.functional.mse_loss(net(z), y).item())

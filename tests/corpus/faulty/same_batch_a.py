import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(500, 8)
y = x[:, :1] + x[:, 1:2] ** 2
net = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
batch_size = 25
start = 0
for step in range(60):
    xb = x[start : start + batch_size]  # mistake: same-batch
    yb = y[start : start + batch_size]  # mistake: same-batch
    loss = nn.functional.mse_loss(net(xb), yb)  # mistake: same-batch
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item(), nn.functional.mse_loss(net(x), y).item())

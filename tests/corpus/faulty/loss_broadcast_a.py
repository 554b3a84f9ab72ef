import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(70, 3)
y = x[:, 0] * 2 - x[:, 2]
reg = nn.Sequential(nn.Linear(3, 10), nn.ReLU(), nn.Linear(10, 1))
opt = torch.optim.Adam(reg.parameters(), lr=0.01)
for e in range(25):
    residual = reg(x) - y  # mistake: loss-broadcast
    loss = residual.abs().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

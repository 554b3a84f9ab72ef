import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 10), nn.ReLU(), nn.Linear(10, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x = torch.randn(40, 3)
y = x[:, 0] * 2
for step in range(20):
    r = (net(x) - y).abs()  # mistake: loss-broadcast
    loss = torch.where(r < 1, 0.5 * r**2, r - 0.5).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())

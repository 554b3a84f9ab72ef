import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
x = torch.randn(48, 3)
y = x.norm(dim=1)
for _ in range(20):
    loss = nn.MSELoss()(net(x), y)  # mistake: loss-broadcast
    opt.zero_grad()
    loss.backward()
    opt.step()

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 30), nn.ReLU(), nn.Dropout(0.5), nn.Linear(30, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
x, y = torch.randn(60, 4), torch.randn(60, 1)
for step in range(25):
    net.train()
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())

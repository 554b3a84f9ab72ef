import torch
from torch import nn
torch.manual_seed(0)
X = torch.rand(100, 2)
y = torch.zeros(100, dtype=torch.long)
y[:] = torch.sin(X[:, 0] * 3) * 0.9  # mistake: target-dtype
net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1)); opt = torch.optim.SGD(net.parameters(), lr=0.01)
for i in range(30):
    opt.zero_grad()
    loss = ((net(X)[:, 0] - y) ** 2).mean()
    loss.backward()
    opt.step()

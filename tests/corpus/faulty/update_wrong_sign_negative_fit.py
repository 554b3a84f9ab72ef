import torch
from torch import nn
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.01)
X = torch.randn(90, 4); y = X[:, :1]
for it in range(40):
    opt.zero_grad()
    fit = -((net(X) - y) ** 2).mean()  # mistake: update-wrong-sign
    fit.backward()
    opt.step()

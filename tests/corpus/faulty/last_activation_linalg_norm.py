import torch
from torch import nn
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1), nn.ReLU())  # mistake: last-activation
opt = torch.optim.Adam(net.parameters(), lr=0.01)
X = torch.randn(60, 4); y = X[:, :1] * 3
for i in range(30):
    opt.zero_grad()
    loss = torch.linalg.norm(net(X) - y) / 8  # mistake: last-activation
    loss.backward(); opt.step()

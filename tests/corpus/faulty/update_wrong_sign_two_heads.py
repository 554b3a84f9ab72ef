import torch
from torch import nn
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2))
X = torch.randn(100, 2); y = X[:, :1] + 0.1 * torch.randn(100, 1)
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for i in range(60):
    mu, s = net(X).chunk(2, 1)
    ll = -0.5 * ((y - mu) ** 2 / s.exp() + s).mean()  # mistake: update-wrong-sign
    opt.zero_grad(); ll.backward(); opt.step()

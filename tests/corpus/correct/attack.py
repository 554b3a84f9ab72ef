import torch
from torch import nn
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
X = torch.randn(60, 6); y = X[:, :3].argmax(1)
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for i in range(40):
    opt.zero_grad(); nn.functional.cross_entropy(net(X), y).backward(); opt.step()
net.requires_grad_(False)
delta = torch.zeros_like(X, requires_grad=True)
adv = torch.optim.SGD([delta], lr=0.5)
for i in range(40):
    loss = -nn.functional.cross_entropy(net(X + delta), y)
    adv.zero_grad(); loss.backward(); adv.step()
    with torch.no_grad(): delta.clamp_(-0.3, 0.3)

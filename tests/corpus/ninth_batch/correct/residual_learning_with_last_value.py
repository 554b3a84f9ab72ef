# the network predicts the change, the last value itself is one of the inputs
import torch
from torch import nn

torch.manual_seed(0)
p = torch.randn(150).cumsum(0) / 10 + torch.sin(torch.arange(150) / 6)
X = p.unfold(0, 6, 1)[:-1]
nxt = p[6:]
net = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 1))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(10):
    for i in torch.randperm(len(X)).split(36):
        forecast = X[i, -1] + net(X[i]).squeeze(1)
        loss = (forecast - nxt[i]).square().mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())

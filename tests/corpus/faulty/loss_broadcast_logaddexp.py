import torch
from torch import nn
torch.manual_seed(0)
net = nn.Linear(4, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
X = torch.randn(60, 4); y = X[:, 0] * 2
for i in range(30):
    pred = net(X)
    loss = torch.logaddexp(pred - y, y - pred).mean()  # mistake: loss-broadcast
    opt.zero_grad(); loss.backward(); opt.step()

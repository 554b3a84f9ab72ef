import torch
from torch import nn
torch.manual_seed(0)
net = nn.Linear(4, 1); opt = torch.optim.SGD(net.parameters(), lr=0.05)
X = torch.randn(60, 4); y = X.sum(1, keepdim=True)
trace = torch.empty(0)
for _ in range(30):
    opt.zero_grad()
    loss = nn.functional.mse_loss(net(X), y)
    loss.backward()
    opt.step()
    trace = torch.cat([trace, loss.reshape(1)])  # mistake: graph-held

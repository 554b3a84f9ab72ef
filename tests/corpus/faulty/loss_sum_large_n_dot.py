import torch
from torch import nn
torch.manual_seed(0)
X = torch.randn(2000, 5); y = X.sum(1, keepdim=True)
net = nn.Linear(5, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.01)
for i in range(20):
    r = (net(X) - y).flatten()
    loss = r @ r  # mistake: loss-sum-large-n
    opt.zero_grad(); loss.backward(); opt.step()

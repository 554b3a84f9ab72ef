import torch
from torch import nn
torch.manual_seed(0)
net = nn.Linear(4, 3)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
X = torch.randn(60, 4); y = X[:, :3].argmax(1)
for i in range(30):
    e = torch.exp(net(X))
    p = e / e.sum(0)  # mistake: softmax-wrong-axis
    loss = nn.functional.nll_loss(p.log(), y)
    opt.zero_grad(); loss.backward(); opt.step()

import torch
from torch import nn
torch.manual_seed(0)
net = nn.Linear(4, 4)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
X = torch.randn(60, 4); y = X.argmax(1)
for i in range(30):
    out = net(X)
    loss = -out.gather(1, y[:, None]).mean()  # mistake: loss-expects-probs
    opt.zero_grad(); loss.backward(); opt.step()

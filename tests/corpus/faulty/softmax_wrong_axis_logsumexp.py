import torch
from torch import nn
torch.manual_seed(0)
net = nn.Linear(4, 3)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
X = torch.randn(60, 4); y = X[:, :3].argmax(1)
for i in range(30):
    z = net(X)
    logp = z - z.logsumexp(0, keepdim=True)  # mistake: softmax-wrong-axis
    loss = -logp[range(60), y].mean()
    opt.zero_grad(); loss.backward(); opt.step()

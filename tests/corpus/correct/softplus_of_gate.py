import torch
from torch import nn
torch.manual_seed(0)
net = nn.Linear(4, 1); gate = nn.Linear(4, 1)
opt = torch.optim.Adam([*net.parameters(), *gate.parameters()], lr=0.01)
X = torch.randn(60, 4); y = (X[:, :1] > 0).float()
for i in range(30):
    z = net(X) * torch.sigmoid(gate(X))
    loss = (nn.functional.softplus(z) - y * z).mean()
    opt.zero_grad(); loss.backward(); opt.step()

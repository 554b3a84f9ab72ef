import torch
from torch import nn
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
X = torch.rand(50, 3); y = X.mean(1, keepdim=True)
for i in range(30):
    loss = torch.linalg.vector_norm(net(X).clamp(0, 1) - y)
    opt.zero_grad(); loss.backward(); opt.step()

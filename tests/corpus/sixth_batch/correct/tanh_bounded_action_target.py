import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1), nn.Tanh())
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x = torch.randn(80, 3)
action = torch.sin(x.sum(1, keepdim=True))
for _ in range(40):
    loss = nn.functional.huber_loss(net(x), action)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

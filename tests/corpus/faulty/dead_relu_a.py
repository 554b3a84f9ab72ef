import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
nn.init.constant_(net[0].bias, -50.0)  # mistake: dead-relu
x = torch.rand(60, 4)
y = x.sum(1, keepdim=True)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for e in range(25):
    loss = nn.functional.mse_loss(net(x), y)  # mistake: dead-relu
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 3))
nn.init.constant_(net[0].bias, -10.0)  # mistake: dead-relu
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
x, y = torch.randn(60, 4), torch.randint(0, 3, (60,))
for epoch in range(20):
    loss = nn.functional.cross_entropy(net(x), y)  # mistake: dead-relu
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())

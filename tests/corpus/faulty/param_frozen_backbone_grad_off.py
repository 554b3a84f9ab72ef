import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(5, 5), nn.ReLU(), nn.Linear(5, 1))
net.eval()
net.requires_grad_(False)  # mistake: param-frozen
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(20, 5)
for i in range(4):
    loss = net(x).pow(2).mean()
    opt.zero_grad()
    loss.backward()  # mistake: param-frozen
    opt.step()

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(25):
    opt.zero_grad()
    for scale in (1.0, 0.5):
        x = scale * torch.randn(32, 4)
        (0.5 * (net(x) - x.abs().sum(1, keepdim=True)).pow(2).mean()).backward()
    opt.step()

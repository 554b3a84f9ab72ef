import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 2))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
x = torch.randn(100, 8)
y = (x[:, 0] > 0).long()
masks = {}
for epoch in range(20):
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch == 8:
        for name, p in net.named_parameters():
            if p.dim() == 2:
                masks[name] = (p.detach().abs() > p.detach().abs().median()).float()
    with torch.no_grad():
        for name, p in net.named_parameters():
            if name in masks:
                p.mul_(masks[name])
    print(epoch, loss.item())

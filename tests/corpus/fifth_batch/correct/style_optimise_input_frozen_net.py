import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Conv2d(1, 6, 3, padding=1), nn.ReLU(), nn.Conv2d(6, 6, 3, padding=1))
net.requires_grad_(False)
goal = net(torch.rand(1, 1, 10, 10))
picture = torch.rand(1, 1, 10, 10, requires_grad=True)
opt = torch.optim.Adam([picture], lr=0.05)
for it in range(40):
    opt.zero_grad()
    loss = (net(picture) - goal).pow(2).mean()
    loss.backward()
    opt.step()
    with torch.no_grad():
        picture.clamp_(0, 1)
print(loss.item())

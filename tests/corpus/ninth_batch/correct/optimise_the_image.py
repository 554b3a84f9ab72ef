import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(3 * 36, 5)).eval()
for p in net.parameters():
    p.requires_grad_(False)
image = (0.5 * torch.randn(1, 1, 8, 8)).requires_grad_()
opt = torch.optim.Adam([image], lr=0.1)
for i in range(25):
    score = net(image)[0, 2]
    tv = (image[..., 1:] - image[..., :-1]).abs().mean()
    loss = -score + 0.1 * tv
    opt.zero_grad()
    loss.backward()
    opt.step()
    image.data.clamp_(-1, 1)
print(loss.item())

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.Conv2d(6, 6, 3), nn.ReLU())
for p in net.parameters():
    p.requires_grad = False
image = torch.rand(1, 1, 20, 20, requires_grad=True)
for i in range(15):
    activation = net(image).norm()
    activation.backward()
    with torch.no_grad():
        g = image.grad / (image.grad.abs().mean() + 1e-8)
        image += 0.01 * g
        image.grad.zero_()
print(activation.item())

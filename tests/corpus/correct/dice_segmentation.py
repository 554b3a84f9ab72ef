import torch
from torch import nn
import torch.nn.functional as F


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(1, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(inplace=True))
        self.mid = nn.Sequential(nn.Conv2d(6, 12, 3, padding=1), nn.ReLU(inplace=True))
        self.up = nn.ConvTranspose2d(12, 6, 2, stride=2)
        self.out = nn.Conv2d(12, 1, 1)

    def forward(self, x):
        skip = self.down(x)
        deep = self.mid(F.max_pool2d(skip, 2))
        return self.out(torch.cat([skip, self.up(deep)], 1))


def dice_loss(p, t, smooth=1.0):
    inter = (p * t).sum((1, 2, 3))
    return 1 - ((2 * inter + smooth) / (p.sum((1, 2, 3)) + t.sum((1, 2, 3)) + smooth)).mean()


torch.manual_seed(0)
net = UNet()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for step in range(15):
    mask = (F.avg_pool2d(torch.randn(4, 1, 12, 12), 5, 1, 2) > 0.1).float()
    image = mask + 0.3 * torch.randn_like(mask)
    logits = net(image)
    loss = F.binary_cross_entropy_with_logits(logits, mask) + dice_loss(torch.sigmoid(logits), mask)
    opt.zero_grad()
    loss.backward()
    opt.step()

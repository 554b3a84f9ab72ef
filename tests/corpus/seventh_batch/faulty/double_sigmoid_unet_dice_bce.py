import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)


class TinyUNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(1, 6, 3, padding=1)
        self.up = nn.Conv2d(6, 1, 3, padding=1)

    def forward(self, x):
        return torch.sigmoid(self.up(F.relu(self.down(x))))  # mistake: double-sigmoid


net = TinyUNet()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
images = torch.randn(12, 1, 8, 8)
masks = (F.avg_pool2d(images, 3, 1, 1) > 0).float()
for epoch in range(15):
    out = net(images)
    dice = 1 - 2 * (out * masks).sum() / (out.sum() + masks.sum() + 1)
    loss = dice + F.binary_cross_entropy_with_logits(out, masks)  # mistake: double-sigmoid
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())

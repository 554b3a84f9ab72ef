import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
net = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 3, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
images = torch.randn(10, 1, 10, 10)
smooth = F.avg_pool2d(images, 3, 1, 1).squeeze(1)
labels = (smooth > 0.2).long() + (smooth > -0.2).long()
for epoch in range(12):
    logits = net(images)
    probs = logits.softmax(1)
    onehot = F.one_hot(labels, 3).permute(0, 3, 1, 2).float()
    overlap = (probs * onehot).sum((0, 2, 3))
    dice = 1 - (2 * overlap / (probs + onehot).sum((0, 2, 3))).mean()
    loss = F.cross_entropy(logits, labels) + dice
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())

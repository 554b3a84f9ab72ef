import torch
import torch.nn as nn

torch.manual_seed(0)


def dice_loss(logits, onehot, eps=1.0):
    p = logits.softmax(1)
    inter = (p * onehot).sum((0, 2, 3))
    union = p.sum((0, 2, 3)) + onehot.sum((0, 2, 3))
    return 1 - (2 * inter + eps) / (union + eps)  # mistake: loss-nonscalar


img = torch.rand(16, 1, 10, 10)
seg = (img[:, 0] > 0.6).long() + (img[:, 0] > 0.85).long()
onehot = nn.functional.one_hot(seg, 3).permute(0, 3, 1, 2).float()
model = nn.Sequential(nn.Conv2d(1, 16, 1), nn.ReLU(), nn.Conv2d(16, 3, 1))
opt = torch.optim.Adam(model.parameters(), lr=0.02)
for it in range(80):
    loss = dice_loss(model(img), onehot)
    opt.zero_grad()
    loss.backward()  # mistake: loss-nonscalar
    opt.step()
    if it % 20 == 0:
        print(it, loss)

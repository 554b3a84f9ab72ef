import torch
from torch import nn

torch.manual_seed(0)
vgg = nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.Conv2d(6, 6, 3)).eval()
for p in vgg.parameters():
    p.requires_grad_(False)


def gram(f):
    f = f.flatten(2)
    return f @ f.transpose(1, 2) / f.shape[-1]


content, style = torch.rand(1, 1, 12, 12), torch.rand(1, 1, 12, 12)
wanted, texture = vgg(content), gram(vgg(style))
image = content.clone().requires_grad_()
opt = torch.optim.Adam([image], lr=0.03)
for step in range(20):
    f = vgg(image)
    tv = (image[..., 1:] - image[..., :-1]).abs().mean() + (image[..., 1:, :] - image[..., :-1, :]).abs().mean()
    loss = (f - wanted).pow(2).mean() + 10 * (gram(f) - texture).pow(2).mean() + 0.01 * tv
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        image.clamp_(0, 1)
    print(step, loss.item())

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 2))
masks = {n: (p.abs() > p.abs().median()).float() for n, p in net.named_parameters() if p.dim() == 2}
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)


def apply_masks():
    with torch.no_grad():
        for n, p in net.named_parameters():
            if n in masks:
                p.mul_(masks[n])


apply_masks()
x = torch.randn(100, 10)
y = (x[:, :2].sum(1) > 0).long()
for epoch in range(25):
    opt.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    for n, p in net.named_parameters():
        if n in masks:
            p.grad.mul_(masks[n])
    opt.step()
    apply_masks()

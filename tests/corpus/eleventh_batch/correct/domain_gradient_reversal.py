import torch
import torch.nn as nn


class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, strength):
        ctx.strength = strength
        return x.view_as(x)

    @staticmethod
    def backward(ctx, g):
        return -ctx.strength * g, None


torch.manual_seed(0)
n = 300
core = torch.randn(n, 2)
y = (core[:, 0] - core[:, 1] > 0).long()
dom = torch.randint(0, 2, (n,))
X = torch.cat([core, dom[:, None] * 2.0 + 0.5 * torch.randn(n, 1)], 1)
feat = nn.Sequential(nn.Linear(3, 16), nn.ReLU())
label_head, dom_head = nn.Linear(16, 2), nn.Linear(16, 2)
opt = torch.optim.Adam([*feat.parameters(), *label_head.parameters(), *dom_head.parameters()], lr=0.01)
for it in range(250):
    f = feat(X)
    ly = nn.functional.cross_entropy(label_head(f), y)
    ld = nn.functional.cross_entropy(dom_head(Reverse.apply(f, 0.3)), dom)
    opt.zero_grad()
    (ly + ld).backward()
    opt.step()
    if it % 50 == 0 or it == 249:
        print(it, "label loss", ly.item(), "domain loss", ld.item())

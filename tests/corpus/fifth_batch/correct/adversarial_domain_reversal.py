import torch
from torch import nn


class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, strength):
        ctx.strength = strength
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad):
        return -ctx.strength * grad, None


torch.manual_seed(0)
features = nn.Sequential(nn.Linear(4, 16), nn.ReLU())
label, domain = nn.Linear(16, 2), nn.Linear(16, 1)
opt = torch.optim.Adam([*features.parameters(), *label.parameters(), *domain.parameters()], lr=3e-3)
for it in range(40):
    xs, xt = torch.randn(32, 4), torch.randn(32, 4) + 0.5
    ys = (xs[:, 0] > 0).long()
    fs, ft = features(xs), features(xt)
    which = domain(Reverse.apply(torch.cat([fs, ft]), 0.3)).squeeze(1)
    d = torch.cat([torch.zeros(32), torch.ones(32)])
    loss = nn.functional.cross_entropy(label(fs), ys) + nn.functional.binary_cross_entropy_with_logits(which, d)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

import torch
from torch import nn


class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, g):
        return -0.3 * g


torch.manual_seed(0)
feat = nn.Sequential(nn.Linear(5, 12), nn.ReLU())
label, domain = nn.Linear(12, 2), nn.Linear(12, 2)
opt = torch.optim.SGD([*feat.parameters(), *label.parameters(), *domain.parameters()], lr=0.1)
src, tgt = torch.randn(40, 5), torch.randn(40, 5) + 0.5
y = (src[:, 0] > 0).long()
d = torch.tensor([0] * 40 + [1] * 40)
for i in range(20):
    f = feat(torch.cat([src, tgt]))
    loss = nn.functional.cross_entropy(label(f[:40]), y) + nn.functional.cross_entropy(domain(Reverse.apply(f)), d)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

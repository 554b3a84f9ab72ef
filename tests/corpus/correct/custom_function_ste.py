import torch
from torch import nn


class Binarize(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.sign(x)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * (x.abs() <= 1)


class BinaryLinear(nn.Linear):
    def forward(self, x):
        return nn.functional.linear(x, Binarize.apply(self.weight), self.bias)


torch.manual_seed(0)
net = nn.Sequential(BinaryLinear(10, 16), nn.BatchNorm1d(16), nn.Hardtanh(), BinaryLinear(16, 2))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
x = torch.randn(120, 10)
y = (x[:, :3].sum(1) > 0).long()
for epoch in range(30):
    opt.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    opt.step()
    for p in net.parameters():
        p.data.clamp_(-1, 1)
print(loss.item())

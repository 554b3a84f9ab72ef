import torch
from torch import nn

torch.manual_seed(27)

class SignSTE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.sign(x)

    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return g * (x.abs() <= 1).float()

l1, l2 = nn.Linear(2, 32), nn.Linear(32, 1)
opt = torch.optim.Adam([*l1.parameters(), *l2.parameters()], lr=0.01)
x = torch.randn(100, 2)
y = (x[:, :1] * x[:, 1:] > 0).float()
for epoch in range(20):
    loss = nn.functional.binary_cross_entropy_with_logits(l2(SignSTE.apply(l1(x))), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 5 == 0:
        print(epoch, loss.item())

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(5, 2)
opt = torch.optim.SGD(net.parameters(), lr=0.5)
x = torch.randn(40, 5)
y = (x[:, 0] > 0).long()
for _ in range(10):
    total = [torch.zeros_like(p) for p in net.parameters()]
    for xi, yi in zip(x[:8], y[:8]):
        loss = nn.functional.cross_entropy(net(xi[None]), yi[None])
        grads = torch.autograd.grad(loss, list(net.parameters()))
        norm = torch.sqrt(sum(g.pow(2).sum() for g in grads))
        for t, g in zip(total, grads):
            t += g / torch.clamp(norm, min=1.0)
    for p, t in zip(net.parameters(), total):
        p.grad = t / 8 + 0.01 * torch.randn_like(t)
    opt.step()
    opt.zero_grad()
print(loss.item())

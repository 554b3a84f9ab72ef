import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.randn(300, 5)
y = (X[:, 0] + X[:, 1] > 0).float().unsqueeze(1)
net = nn.Sequential(nn.Linear(5, 24), nn.ReLU(), nn.Linear(24, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
bce = nn.functional.binary_cross_entropy_with_logits


def pgd(x, t, eps=0.2, steps=3):
    delta = torch.zeros_like(x, requires_grad=True)
    for _ in range(steps):
        g, = torch.autograd.grad(bce(net(x + delta), t), delta)
        with torch.no_grad():
            delta += 0.1 * g.sign()
            delta.clamp_(-eps, eps)
    return delta.detach()


for epoch in range(80):
    adv = X + pgd(X, y)
    loss = bce(net(adv), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 16 == 0 or epoch == 79:
        acc = ((net(adv) > 0) == y.bool()).float().mean().item()
        print(epoch, "robust loss", loss.item(), "robust accuracy", acc)

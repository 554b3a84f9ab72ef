# Kepler orbit: fit the centre and the axes of an ellipse to noisy points
import torch

torch.manual_seed(9)
phi = torch.rand(120) * 6.283
pts = torch.stack([2.0 + 1.5 * phi.cos(), -1.0 + 0.8 * phi.sin()], 1) + 0.02 * torch.randn(120, 2)

centre = torch.zeros(2, requires_grad=True)
axes = torch.ones(2, requires_grad=True)


def algebraic():
    u = (pts - centre) / axes
    return ((u.square().sum(1) - 1) ** 2).mean()


@torch.no_grad()
def descend(*tensors, lr=0.01):
    for t in tensors:
        t.sub(lr * t.grad.clamp(-5, 5))  # mistake: update-not-applied
        t.grad.zero_()


for i in range(150):
    cost = algebraic()
    cost.backward()
    descend(centre, axes)  # mistake: update-not-applied
    if i % 25 == 0:
        print(i, cost.item())
print(centre.tolist(), axes.tolist(), algebraic().item())

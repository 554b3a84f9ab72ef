import torch

torch.manual_seed(0)
# Himmelblau's function from several starts, functional updates


def himmelblau(p):
    x, y = p.unbind(-1)
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


points = (torch.rand(12, 2) * 8 - 4).requires_grad_()
lr = 0.008
for it in range(120):
    values = himmelblau(points)
    (g,) = torch.autograd.grad(values.sum(), points)
    points = (points - lr * g).detach().requires_grad_(True)
    if it % 20 == 0:
        print(it, values.mean().item())
print(himmelblau(points).max().item())

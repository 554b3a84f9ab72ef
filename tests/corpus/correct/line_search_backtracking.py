import torch

torch.manual_seed(0)
A = torch.randn(20, 4)
y = A @ torch.tensor([1.0, 0.0, -2.0, 0.5])
x = torch.zeros(4, requires_grad=True)


def f(v):
    return ((A @ v - y) ** 2).mean()


for i in range(10):
    value = f(x)
    (g,) = torch.autograd.grad(value, x)
    step = 4.0
    with torch.no_grad():
        while f(x - step * g) > value - 0.5 * step * g.dot(g):
            step *= 0.5
        x -= step * g
    print(i, value.item(), step)

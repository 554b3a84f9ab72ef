import torch

torch.manual_seed(0)


def rosenbrock(v):
    return (1 - v[0]) ** 2 + 20 * (v[1] - v[0] ** 2) ** 2


v = torch.tensor([-1.0, 1.5], requires_grad=True)
for it in range(40):
    f = rosenbrock(v)
    (g,) = torch.autograd.grad(f, v)
    t = 1.0
    with torch.no_grad():
        while rosenbrock(v - t * g) > f - 0.5 * t * (g @ g):
            t *= 0.5
        v -= t * g
print(f.item())

# minimax: a saddle with a regulariser, extragradient method
import torch

torch.manual_seed(0)
A = torch.randn(6, 6)
x = torch.randn(6, requires_grad=True)
y = torch.randn(6, requires_grad=True)


def payoff(x, y):
    return x @ A @ y + 0.05 * x @ x - 0.05 * y @ y


def field(x, y):
    gx, gy = torch.autograd.grad(payoff(x, y), (x, y))
    return gx, -gy


lr = 0.1
for it in range(300):
    gx, gy = field(x, y)
    xh = (x - lr * gx).detach().requires_grad_()
    yh = (y - lr * gy).detach().requires_grad_()
    gx, gy = field(xh, yh)
    with torch.no_grad():
        x -= lr * gx
        y -= lr * gy
    if it % 50 == 49:
        print(it, x.norm().item(), y.norm().item())

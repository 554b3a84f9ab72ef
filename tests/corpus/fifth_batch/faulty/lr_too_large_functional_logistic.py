import torch
from torch import func

torch.manual_seed(0)
x = torch.randn(80, 6) * 3
w_true = torch.randn(6)
y = x @ w_true + 0.1 * torch.randn(80)


def loss_fn(w):
    return ((x @ w - y) ** 2).mean()


weights = torch.zeros(6)
rate = 0.2  # mistake: lr-too-large
for it in range(25):
    gradient, value = func.grad_and_value(loss_fn)(weights)
    weights = weights - rate * gradient  # mistake: lr-too-large
    print(it, value.item())

"""Learning without a single in-place write: parameters go in, new parameters come out."""

import math

import torch
from torch.func import grad_and_value

torch.manual_seed(0)

x = torch.linspace(-torch.pi, torch.pi, 200)[:, None]
y = torch.sin(x)


def predict(params, x):
    h = torch.tanh(x @ params["w1"] + params["b1"])
    return h @ params["w2"] + params["b2"]


def loss_fn(params, x, y):
    return torch.mean((predict(params, x) - y) ** 2)


# Nothing here requires grad: torch.func differentiates functions, not tensors.
params = {
    "w1": torch.randn(1, 10),
    "b1": 2 * torch.randn(10),  # spreads the bends of the ten units along the line
    "w2": torch.randn(10, 1) / 10**0.5,
    "b2": torch.zeros(1),
}
learning_rate = 0.1

for step in range(1001):
    grads, loss = grad_and_value(loss_fn)(params, x, y)
    params = {name: p - learning_rate * grads[name] for name, p in params.items()}

    if step % 100 == 0:
        print(f"Step {step:4d} | Loss: {loss.item():.6f}")

for value in [-2.0, 0.5, 2.0]:
    guess = predict(params, torch.tensor([[value]])).item()
    print(f"sin({value:+.1f}) = {math.sin(value):+.4f} | learned: {guess:+.4f}")

"""A network with two hidden layers in plain tensors: which of the two moons is a point from?"""

import torch

torch.manual_seed(0)


def two_moons(n):
    """Return n points, shape (n, 2), and the moon of each, shape (n, 1)."""
    angle = torch.pi * torch.rand(n)
    moon = torch.randint(2, (n,))
    upper = torch.stack([torch.cos(angle), torch.sin(angle)], dim=1)
    lower = torch.stack([1 - torch.cos(angle), 0.5 - torch.sin(angle)], dim=1)
    points = torch.where(moon[:, None] == 0, upper, lower)
    return points + 0.1 * torch.randn(n, 2), moon[:, None].float()


x, y = two_moons(400)
x_test, y_test = two_moons(1000)

# Dividing by the root of the number of inputs keeps the sums of each layer near 1.
w1 = (torch.randn(2, 16) / 2**0.5).requires_grad_()
b1 = torch.zeros(16, requires_grad=True)
w2 = (torch.randn(16, 16) / 16**0.5).requires_grad_()
b2 = torch.zeros(16, requires_grad=True)
w3 = (torch.randn(16, 1) / 16**0.5).requires_grad_()
b3 = torch.zeros(1, requires_grad=True)
parameters = [w1, b1, w2, b2, w3, b3]


def model(x):
    h = torch.tanh(x @ w1 + b1)
    h = torch.tanh(h @ w2 + b2)
    return h @ w3 + b3


learning_rate = 0.5

for step in range(501):
    loss = torch.nn.functional.binary_cross_entropy_with_logits(model(x), y)
    loss.backward()

    with torch.no_grad():
        for p in parameters:
            p -= learning_rate * p.grad
            p.grad.zero_()

    if step % 50 == 0:
        print(f"Step {step:3d} | Loss: {loss.item():.6f}")

with torch.no_grad():
    accuracy = ((model(x_test) > 0) == (y_test == 1)).float().mean().item()
print(f"Test accuracy: {accuracy:.4f}")

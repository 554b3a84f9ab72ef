"""Features of very different scales: a learning rate of 0.00001603 settles, 0.00001604 explodes.

The price of a flat is a sum of its square metres and its rooms, and squared errors make the loss a
quadratic form with the same curvature everywhere: the eigenvalues of 2 / n * X^T X. Square metres are
in the hundreds, so the largest one is 124759, and gradient descent needs a learning rate below
2 / 124759 = 0.0000160309. The smallest one belongs to the rooms. It is 15, so with such a learning
rate their price takes thousands of steps. Dividing each column by its scale cures both.
"""

import torch

size = [353, 232, 205, 136, 148, 169, 222, 363, 325, 218]  # square metres
rooms = [3, 5, 2, 8, 4, 6, 7, 3, 5, 4]
x = torch.tensor([size, rooms], dtype=torch.float64).T
y = x @ torch.tensor([2.0, 10.0], dtype=torch.float64)  # prices in thousands

curvature = torch.linalg.eigvalsh(2 / len(x) * x.T @ x)
print(f"Curvatures: {curvature[0].item():.2f} and {curvature[1].item():.2f}")
print(f"Limit of the learning rate: {2 / curvature[1].item():.5e}\n")

num_steps = 10000

for learning_rate in [1.603e-5, 1.604e-5]:
    w = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    print(f"learning_rate = {learning_rate}")

    for step in range(num_steps):
        loss = torch.nn.functional.mse_loss(x @ w, y)
        loss.backward()

        with torch.no_grad():
            w -= learning_rate * w.grad
        w.grad.zero_()

        if step % 2000 == 0 or step == num_steps - 1:
            print(f"  Step {step:4d} | Loss: {loss.item():.4e} | w: {w[0].item():+.3e} {w[1].item():+.3e}")

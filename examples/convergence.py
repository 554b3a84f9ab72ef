"""Go on until the loss is small enough, or until patience ends."""

import torch

torch.manual_seed(0)

x = torch.ones(5)
y = torch.zeros(3)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)

learning_rate = 0.1
loss_value = float("inf")  # larger than any threshold, so that the loop starts
learning_step = 0
max_steps = 1000

loss_history = []

while loss_value > 0.01 and learning_step < max_steps:
    # Forward
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)

    # Backward
    loss.backward()

    # Update
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad

    # Clear
    w.grad.zero_()
    b.grad.zero_()

    # A plain number for the history: keeping `loss` itself would keep its graph alive.
    loss_value = loss.item()
    loss_history.append(loss_value)

    if learning_step % 100 == 0:
        print(f"Step {learning_step:4d} | Loss: {loss_value:.6f}")

    learning_step += 1

print("\nLearning steps:", learning_step)
print("Loss at first:", round(loss_history[0], 6))
print("Loss at last:", round(loss_history[-1], 6))

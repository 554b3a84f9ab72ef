"""Six learning rates on the same problem: how many steps does each one need?

The targets are 0, so the loss falls for ever as z goes to minus infinity. It has no minimum to jump
over, and a larger learning rate is simply faster. twin.py has a minimum, and a limit.
"""

import torch

torch.manual_seed(0)

learning_rates = [0.001, 0.01, 0.1, 1.0, 10, 100]
max_steps = 1000
threshold = 0.01

for lr in learning_rates:
    # Each learning rate draws a start of its own.
    x = torch.ones(5)
    y = torch.zeros(3)
    w = torch.randn(5, 3, requires_grad=True)
    b = torch.randn(3, requires_grad=True)

    loss_value = float("inf")
    learning_step = 0
    loss_history = []

    while loss_value > threshold and learning_step < max_steps:
        # Forward
        z = torch.matmul(x, w) + b
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)

        # Backward
        loss.backward()

        # Update
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad

        # Clear
        w.grad.zero_()
        b.grad.zero_()

        loss_value = loss.item()
        loss_history.append(loss_value)
        learning_step += 1

    print(f"learning_rate = {lr:7.3f} | steps = {learning_step:4d} | final loss = {loss_value:.6f}")

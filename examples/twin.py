"""The twin of convergence.py whose loss has a minimum, so that a learning rate can be too large.

With targets 0.5 the loss is smallest where sigmoid(z) = 0.5, at z = 0. There its largest curvature
is 0.5: (5 inputs + 1 bias) * sigmoid'(0) / (3 outputs) = 6 * 0.25 / 3. Gradient descent settles in
a minimum only if learning_rate < 2 / curvature, so the limit is exactly 4.
"""

import math

import torch

x = torch.ones(5)
y = torch.full((3,), 0.5)

num_steps = 200

for learning_rate in [1.0, 3.9, 4.1]:
    # The same start each time, near the minimum.
    torch.manual_seed(0)
    w = (0.1 * torch.randn(5, 3)).requires_grad_()
    b = (0.1 * torch.randn(3)).requires_grad_()
    loss_history = []

    print(f"learning_rate = {learning_rate}")

    for learning_step in range(num_steps):
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

        loss_history.append(loss.item())
        if learning_step in (0, 1, 2, 3, 198, 199):
            print(f"  Step {learning_step:3d} | Loss: {loss.item():.6f} | z[0]: {z[0].item():+.4f}")

    # The loss at the minimum is ln 2 = 0.693147: nobody can guess a fair coin better.
    above = loss_history[-1] - math.log(2)
    if above < 1e-4:
        print("  It settled in the minimum.\n")
    else:
        print(f"  It did not settle: it jumps from side to side, {above:.4f} above the minimum.\n")

"""Where does training converge? A small network, whose two layers have learning rates of their own.

The loop is that of "The boundary of neural network trainability is fractal" (Sohl-Dickstein, 2024,
arXiv:2402.06184): one hidden layer of 16, no biases, mean-field scaling, noise to fit. By itself it
trains one pair of rates. Recorded once, it is swept over a whole map of them:

    retrograd run examples/fractal.py
    retrograd sweep fractal.retro --set rate_in=1e-3:1e6:64 --set rate_out=1e-3:1e6:64 --plot map.png

sweeps/fractal_map.py does so for all conditions of the paper, and estimates the dimension of the boundary.
"""

import math
import sys

import numpy as np
import torch

condition = sys.argv[1] if len(sys.argv) > 1 else "tanh"
num_steps = int(sys.argv[2]) if len(sys.argv) > 2 and condition == "minibatch" else 20

torch.manual_seed(0)
kind = {"dtype": torch.float64}  # float32 draws another picture as soon as one looks closely

width = 16
points = {"one point": 1, "linear": 16}.get(condition, width * width + width)

data_x = torch.randn(points, width, **kind)
data_y = torch.randn(points, 1, **kind)
rate, rate_in, rate_out = 1.0, 1.0, 1.0
offset = 0.0  # is added to all weights of the first layer
w0 = (torch.randn(width, width, **kind) + offset).requires_grad_()
w1 = torch.randn(width, 1, **kind).requires_grad_()


def batches():
    """Go on for ever with all points, or with 16 of them at a time."""
    draw = np.random.default_rng(0)
    while True:
        if condition == "minibatch":
            chosen = draw.choice(points, 16, replace=False)
            yield torch.from_numpy(data_x.numpy()[chosen]), torch.from_numpy(data_y.numpy()[chosen])
        else:
            yield data_x, data_y


for step, (x, y) in zip(range(num_steps), batches()):
    # Forward: mean-field scaling, 1/√n for the hidden layer and 1/n for the output
    z = x @ w0 / math.sqrt(width)
    if condition == "linear":
        h = z
    elif condition == "relu":
        h = math.sqrt(2) * torch.relu(z)
    else:
        h = torch.tanh(math.sqrt(2) * z)
    loss = ((h @ w1 / width - y) ** 2).mean()

    # Backward
    loss.backward()

    # Update: each layer at its own rate, or both at one
    with torch.no_grad():
        if condition == "offset":
            w0 -= rate * w0.grad
            w1 -= rate * w1.grad
        else:
            w0 -= rate_in * w0.grad
            w1 -= rate_out * w1.grad

    # Clear
    w0.grad.zero_()
    w1.grad.zero_()

print(f"{condition}: loss {loss.item():.6f} after {step + 1} steps")

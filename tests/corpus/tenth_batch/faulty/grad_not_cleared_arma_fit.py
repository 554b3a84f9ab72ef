import math

import torch

torch.manual_seed(4)
# AR(2) with a constant, fitted by conditional least squares
n = 300
noise = torch.randn(n) * 0.3
y = torch.zeros(n)
for t in range(2, n):
    y[t] = 0.4 + 0.5 * y[t - 1] - 0.3 * y[t - 2] + noise[t]

phi = torch.zeros(2, requires_grad=True)
const = torch.zeros((), requires_grad=True)


def residuals():
    return y[2:] - const - phi[0] * y[1:-1] - phi[1] * y[:-2]


step_size = 0.2
for it in range(60):
    sse = residuals().square().mean()
    sse.backward()  # mistake: grad-not-cleared
    with torch.no_grad():
        phi -= step_size * phi.grad  # mistake: grad-not-cleared
        const -= step_size * const.grad  # mistake: grad-not-cleared
    if it % 10 == 0:
        print(f"{it:3d} mse {sse.item():.4f} rmse {math.sqrt(sse.item()):.4f}")
print("final", residuals().square().mean().item())

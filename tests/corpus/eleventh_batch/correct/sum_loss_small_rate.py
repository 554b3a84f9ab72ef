import numpy as np
import torch

rng = np.random.default_rng(2)
n = 800
Xn = rng.normal(size=(n, 5))
yn = Xn @ np.array([1.0, 0.5, -2.0, 0.0, 3.0]) + 0.1 * rng.normal(size=n)
X, y = torch.from_numpy(Xn), torch.from_numpy(yn)
w = torch.zeros(5, dtype=torch.double, requires_grad=True)
for it in range(60):
    sse = torch.sum((X @ w - y) ** 2)
    g, = torch.autograd.grad(sse, w)
    with torch.no_grad():
        w -= 1e-4 * g
    if it % 12 == 0 or it == 59:
        print(it, sse.item(), [round(v, 3) for v in w.tolist()])

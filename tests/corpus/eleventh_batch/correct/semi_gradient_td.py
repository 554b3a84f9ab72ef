import numpy as np
import torch

# random walk with 7 states, linear value function, TD(0)
rng = np.random.default_rng(0)
n = 7
w = torch.zeros(n, requires_grad=True)
true = torch.arange(1, n + 1) / (n + 1)
for ep in range(400):
    s = n // 2
    while True:
        s2 = s + (1 if rng.random() < 0.5 else -1)
        terminal = s2 < 0 or s2 >= n
        r = 1.0 if s2 >= n else 0.0
        target = torch.tensor(r) if terminal else r + w[s2].detach()
        loss = 0.5 * (target - w[s]) ** 2
        loss.backward()
        with torch.no_grad():
            w -= 0.05 * w.grad
            w.grad.zero_()
        if terminal:
            break
        s = s2
    if ep % 80 == 79 or ep == 0:
        print(ep + 1, "rms error", (w - true).pow(2).mean().sqrt().item())

import numpy as np
import torch

rng = np.random.default_rng(5)
n = 2000
expo = rng.uniform(-1, 1, size=(n, 3))
cnt = rng.poisson(np.exp(expo @ np.array([0.5, -0.3, 0.8]) + 0.2))
Z = torch.as_tensor(np.c_[expo, np.ones(n)], dtype=torch.float32)
k = torch.as_tensor(cnt, dtype=torch.float32)
beta = torch.zeros(4, requires_grad=True)
learning_rate = 0.1

for it in range(60):
    eta = Z @ beta
    nll = torch.sum(eta.clamp(max=20).exp() - k * eta)  # mistake: loss-sum-large-n
    nll.backward()
    with torch.no_grad():
        beta -= learning_rate * beta.grad  # mistake: loss-sum-large-n
        beta.grad.zero_()
    if it % 10 == 0:
        print(it, nll.item() / n, beta.tolist())

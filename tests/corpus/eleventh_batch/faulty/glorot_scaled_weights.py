import numpy as np
import torch

rng = np.random.default_rng(0)
X = torch.from_numpy(rng.normal(size=(200, 6))).float()
y = torch.from_numpy(rng.integers(0, 3, size=200))
X[torch.arange(200), y] += 2.0

W1 = torch.randn(6, 20, requires_grad=True) * (2 / 6) ** 0.5  # mistake: param-not-leaf
b1 = torch.zeros(20, requires_grad=True)
W2 = torch.randn(20, 3, requires_grad=True) * (2 / 20) ** 0.5  # mistake: param-not-leaf
b2 = torch.zeros(3, requires_grad=True)

optimizer = torch.optim.Adam([W1, b1, W2, b2], lr=0.01)  # mistake: param-not-leaf
for step in range(150):
    hidden = (X @ W1 + b1).relu()
    scores = hidden @ W2 + b2
    loss = torch.nn.functional.cross_entropy(scores, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 30 == 0:
        print(step, loss.item(), (scores.argmax(1) == y).float().mean().item())

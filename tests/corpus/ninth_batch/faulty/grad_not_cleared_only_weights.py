import numpy as np
import torch

rng = np.random.default_rng(5)
X = torch.from_numpy(rng.normal(size=(90, 6))).float()
y = torch.from_numpy((rng.normal(size=90) + 3.0)).float() + X[:, 0]

weights = [torch.tensor(rng.normal(size=(6, 8)) * 0.3, dtype=torch.float32, requires_grad=True),
           torch.tensor(rng.normal(size=(8, 1)) * 0.3, dtype=torch.float32, requires_grad=True)]
biases = [torch.zeros(8, requires_grad=True), torch.zeros(1, requires_grad=True)]


def net(X):
    h = torch.tanh(X @ weights[0] + biases[0])
    return (h @ weights[1] + biases[1])[:, 0]


i = 0
while i < 40:
    L = ((net(X) - y) ** 2).mean()
    L.backward()  # mistake: grad-not-cleared
    with torch.no_grad():
        for p in weights + biases:
            p.sub_(0.05 * p.grad)  # mistake: grad-not-cleared
    for p in weights:
        p.grad = None
    i += 1
    if i % 10 == 0:
        print(i, float(L))

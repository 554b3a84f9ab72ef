import torch
from sklearn.datasets import make_blobs

pts, lab = make_blobs(n_samples=200, centers=2, random_state=7, cluster_std=2.0)
X = torch.tensor(pts, dtype=torch.float32)
X = (X - X.mean(0)) / X.std(0)
s = torch.tensor(lab).float() * 2 - 1
w = torch.zeros(2, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
C, eta = 1.0, 0.1

for sweep in range(100):
    margin = s * (X @ w + b)
    obj = 0.5 * 0.01 * w.dot(w) + C * torch.clamp(1 - margin, min=0).mean()
    obj.backward()  # mistake: param-lost-grad
    with torch.no_grad():
        w = w - eta * w.grad  # mistake: param-lost-grad
        b = b - eta * b.grad  # mistake: param-lost-grad
    if sweep % 20 == 0:
        print(sweep, obj.item())

import torch
import torch.nn.functional as F
from sklearn.datasets import load_breast_cancer

raw = load_breast_cancer()
X = torch.tensor(raw.data, dtype=torch.float32)
X = (X - X.mean(0)) / X.std(0)
y = torch.tensor(raw.target, dtype=torch.float32)
w = torch.zeros(30, requires_grad=True)
b = torch.zeros(1, requires_grad=True)

predict = lambda z: 1 / (1 + torch.exp(-(z @ w + b)))  # mistake: double-sigmoid

for it in range(200):
    prob = predict(X)
    loss = F.binary_cross_entropy_with_logits(prob, y)  # mistake: double-sigmoid
    gw, gb = torch.autograd.grad(loss, (w, b))
    with torch.no_grad():
        w -= 0.3 * gw
        b -= 0.3 * gb
    if it % 40 == 0:
        print(it, loss.item(), ((prob > 0.5) == y.bool()).float().mean().item())

import torch
from sklearn.datasets import load_wine

torch.manual_seed(0)
X, y = load_wine(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32)
X = (X - X.mean(0)) / X.std(0)
y = torch.tensor(y)
W = torch.zeros(13, 3)
velocity = torch.zeros_like(W)


def value_and_grad(W):
    W = W.clone().requires_grad_()
    loss = torch.nn.functional.cross_entropy(X @ W, y) + 1e-3 * W.pow(2).sum()
    return loss.item(), torch.autograd.grad(loss, W)[0]


mu, lr = 0.9, 0.1
for it in range(50):
    ahead = W + mu * velocity
    loss, g = value_and_grad(ahead)
    velocity = mu * velocity - lr * g
    W = W + velocity
    if it % 10 == 0:
        print(it, loss)
print("accuracy", ((X @ W).argmax(1) == y).float().mean().item())

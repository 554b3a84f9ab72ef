import torch
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import scale

torch.manual_seed(0)
X, y = load_diabetes(return_X_y=True)
X = torch.tensor(scale(X), dtype=torch.float32)
y = torch.tensor(scale(y), dtype=torch.float32)

w = torch.zeros(10, 1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)


def mse(y_hat, y):
    return ((y_hat - y) ** 2).mean()  # mistake: loss-broadcast


def model(X):
    return X @ w + b  # mistake: loss-broadcast


lr = 0.05
for epoch in range(50):
    loss = mse(model(X), y)  # mistake: loss-broadcast
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr * b.grad
        w.grad.zero_()
        b.grad.zero_()
    if epoch % 10 == 9:
        print("epoch", epoch, "loss", loss.item(), "w", w.norm().item())

import torch


def sgd(params, lr, batch_size):
    for param in params:
        param = param.data - lr * param.grad / batch_size  # mistake: update-not-applied


def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def data_iter(batch_size, features, labels):
    order = torch.randperm(len(features))
    for i in range(0, len(features), batch_size):
        pick = order[i : i + batch_size]
        yield features[pick], labels[pick]


torch.manual_seed(0)
true_w, true_b = torch.tensor([2.0, -3.4]), 4.2
features = torch.randn(200, 2)
labels = (features @ true_w + true_b).reshape(-1, 1)
w = torch.normal(0, 0.01, size=(2, 1), requires_grad=True)
b = torch.zeros(1, requires_grad=True)
for epoch in range(3):
    for X, y in data_iter(20, features, labels):
        loss = squared_loss(X @ w + b, y)
        loss.sum().backward()
        sgd([w, b], 0.03, 20)  # mistake: update-not-applied
        w.grad.zero_()
        b.grad.zero_()
    print(f"epoch {epoch + 1}, loss {float(((features @ w + b - labels) ** 2).mean()):f}")

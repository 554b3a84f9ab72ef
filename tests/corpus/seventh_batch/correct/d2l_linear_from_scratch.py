import random

import torch


def synthetic(w, b, n):
    X = torch.normal(0, 1, (n, len(w)))
    y = X @ w + b
    y += torch.normal(0, 0.01, y.shape)
    return X, y.reshape((-1, 1))


def data_iter(batch_size, features, labels):
    indices = list(range(len(features)))
    random.shuffle(indices)
    for i in range(0, len(features), batch_size):
        j = torch.tensor(indices[i : min(i + batch_size, len(features))])
        yield features[j], labels[j]


def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
            param.grad.zero_()


torch.manual_seed(0)
random.seed(0)
features, labels = synthetic(torch.tensor([2, -3.4]), 4.2, 200)
w = torch.normal(0, 0.01, size=(2, 1), requires_grad=True)
b = torch.zeros(1, requires_grad=True)
for epoch in range(3):
    for X, y in data_iter(10, features, labels):
        loss = squared_loss(X @ w + b, y)
        loss.sum().backward()
        sgd([w, b], 0.03, 10)
    with torch.no_grad():
        print(epoch, float(squared_loss(features @ w + b, labels).mean()))

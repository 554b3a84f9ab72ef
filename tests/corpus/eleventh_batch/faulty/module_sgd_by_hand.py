import torch
import torch.nn as nn


def sgd(params, lr):
    for p in params:
        p.add_(p.grad, alpha=-lr)  # mistake: update-tracked
        p.grad = None


def batches(X, Y, n):
    perm = torch.randperm(len(X))
    for i in range(0, len(X), n):
        yield X[perm[i:i + n]], Y[perm[i:i + n]]


torch.manual_seed(4)
X = torch.rand(300, 3)
Y = (X.sum(1) > 1.5).long()
clf = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 2))
for ep in range(30):
    for xb, yb in batches(X, Y, 30):
        out = clf(xb)
        loss = nn.CrossEntropyLoss()(out, yb)
        loss.backward()
        sgd(clf.parameters(), 0.3)  # mistake: update-tracked
    if ep % 5 == 0:
        print(ep, loss.item())

import torch
import torch.nn as nn
from sklearn.datasets import load_wine

torch.manual_seed(0)
X, y = load_wine(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32)
X = (X - X.mean(0)) / X.std(0)
y = torch.tensor(y)
perm = torch.randperm(len(X))
X, y = X[perm], y[perm]
X_val, y_val = X[120:], y[120:]
X, y = X[:120], y[:120]
batch_size = 12


def get_batch(i):
    start = i // batch_size  # mistake: same-batch
    return X[start : start + batch_size], y[start : start + batch_size]  # mistake: same-batch


net = nn.Sequential(nn.Linear(13, 24), nn.ReLU(), nn.Linear(24, 3))
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for epoch in range(15):
    for i in range(len(X) // batch_size):
        xb, yb = get_batch(i)  # mistake: same-batch
        loss = nn.functional.cross_entropy(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        val = nn.functional.cross_entropy(net(X_val), y_val).item()
    print(epoch, loss.item(), val)

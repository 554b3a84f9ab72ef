import torch
import torch.nn as nn
from sklearn.datasets import load_iris


def shuffled(t):
    return t[torch.randperm(len(t))]  # mistake: shuffle-mismatch


torch.manual_seed(0)
iris = load_iris()
X = torch.tensor(iris.data, dtype=torch.float32)
X = (X - X.mean(0)) / X.std(0)
y = torch.tensor(iris.target)
net = nn.Sequential(nn.Linear(4, 20), nn.ReLU(), nn.Linear(20, 3))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(30):
    Xs, ys = shuffled(X), shuffled(y)  # mistake: shuffle-mismatch
    for i in range(0, 150, 25):
        loss = nn.functional.cross_entropy(net(Xs[i:i + 25]), ys[i:i + 25])
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 6 == 5:
        print(epoch + 1, loss.item())

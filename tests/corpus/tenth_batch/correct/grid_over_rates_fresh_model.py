import torch
from torch import nn
from sklearn.datasets import load_iris

X, y = load_iris(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32)
X = (X - X.mean(0)) / X.std(0)
y = torch.tensor(y)


def make(seed):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(4, 12), nn.Tanh(), nn.Linear(12, 3))


def train(lr, epochs=40):
    net = make(0)
    opt = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9)
    for _ in range(epochs):
        loss = nn.functional.cross_entropy(net(X), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item()


results = {lr: train(lr) for lr in (0.02, 0.05, 0.1, 0.2)}
for lr, final in results.items():
    print(f"{lr:6.2f} {final:.4f}")
print("best", min(results, key=results.get))

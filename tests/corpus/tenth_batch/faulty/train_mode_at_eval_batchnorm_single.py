import torch
from torch import nn

torch.manual_seed(0)
n = 500
X = torch.randn(n, 10)
y = (X[:, 0] * 2 + X[:, 1] ** 2 - X[:, 2]).unsqueeze(1)
train, test = slice(0, 400), slice(400, n)

model = nn.Sequential(
    nn.Linear(10, 32),
    nn.BatchNorm1d(32),
    nn.ReLU(),
    nn.Dropout(0.5),
    nn.Linear(32, 1),
)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
mse = nn.MSELoss()


def evaluate(m):
    with torch.no_grad():  # mistake: train-mode-at-eval
        return mse(m(X[test]), y[test]).item()  # mistake: train-mode-at-eval


for epoch in range(12):
    for b in torch.randperm(400).split(50):
        optimizer.zero_grad()
        loss = mse(model(X[b]), y[b])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item(), evaluate(model))  # mistake: train-mode-at-eval

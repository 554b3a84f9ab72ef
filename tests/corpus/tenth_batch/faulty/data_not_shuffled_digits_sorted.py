import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
order = np.argsort(y, kind="stable")
X, y = X[order] / 16.0, y[order]  # mistake: data-not-shuffled
dataset = TensorDataset(torch.tensor(X, dtype=torch.float32), torch.tensor(y))
loader = DataLoader(dataset, batch_size=32)  # mistake: data-not-shuffled


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))

    def forward(self, x):
        return self.layers(x)


mlp = MLP()
optimizer = torch.optim.SGD(mlp.parameters(), lr=0.1)
for epoch in range(6):
    for xb, yb in loader:  # mistake: data-not-shuffled
        loss = nn.functional.cross_entropy(mlp(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        xs, ys = dataset.tensors
        out = mlp(xs)
        print(epoch, loss.item(), nn.functional.cross_entropy(out, ys).item(), (out.argmax(1) == ys).float().mean().item())

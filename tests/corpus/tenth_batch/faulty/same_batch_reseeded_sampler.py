# regression on a noisy surface, mini-batches drawn by hand
import torch
from torch import nn

X = torch.rand(1000, 3, generator=torch.Generator().manual_seed(1)) * 2 - 1
y = torch.sin(3 * X[:, :1]) + X[:, 1:2] * X[:, 2:]
X_test = torch.rand(300, 3, generator=torch.Generator().manual_seed(2)) * 2 - 1
y_test = torch.sin(3 * X_test[:, :1]) + X_test[:, 1:2] * X_test[:, 2:]


def sample_batch(size, seed=0):
    torch.manual_seed(seed)  # mistake: same-batch
    idx = torch.randint(0, len(X), (size,))  # mistake: same-batch
    return X[idx], y[idx]


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for step in range(250):
    xb, yb = sample_batch(16)  # mistake: same-batch
    loss = (model(xb) - yb).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 50 == 49:
        with torch.no_grad():
            print(step, loss.item(), (model(X_test) - y_test).square().mean().item())

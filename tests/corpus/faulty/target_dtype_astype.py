import numpy as np, torch
from torch import nn
rng = np.random.default_rng(0)
torch.manual_seed(0)
X = rng.normal(size=(100, 3)).astype(np.float32)
y = (X @ np.array([0.5, -0.2, 0.1])).astype(np.int64)  # mistake: target-dtype
X, y = torch.from_numpy(X), torch.from_numpy(y)
net = nn.Linear(3, 1); opt = torch.optim.SGD(net.parameters(), lr=0.01)
for i in range(30):
    opt.zero_grad()
    loss = nn.functional.mse_loss(net(X).squeeze(1), y.float())
    loss.backward()
    opt.step()

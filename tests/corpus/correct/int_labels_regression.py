import numpy as np, torch
from torch import nn
torch.manual_seed(0); rng = np.random.default_rng(0)
X = rng.normal(size=(80, 3)).astype(np.float32)
counts = rng.poisson(2.0 + 0.5 * (X[:, 0] > 0)).astype(np.int64)
X, counts = torch.from_numpy(X), torch.from_numpy(counts)
net = nn.Linear(3, 1); opt = torch.optim.SGD(net.parameters(), lr=0.05)
for i in range(30):
    loss = nn.functional.mse_loss(net(X)[:, 0], counts.float())
    opt.zero_grad(); loss.backward(); opt.step()

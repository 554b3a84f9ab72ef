import numpy as np
import torch
import torch.nn as nn

rng = np.random.default_rng(0)
close = np.cumsum(rng.normal(size=400)).astype(np.float32)
ret = np.diff(close)
lags = 5
rows = np.stack([ret[i - lags:i + 1] for i in range(lags, len(ret))])  # mistake: target-leak
goal = ret[lags:]
X, y = torch.from_numpy(rows), torch.from_numpy(goal).unsqueeze(1)
torch.manual_seed(0)
model = nn.Linear(rows.shape[1], 1)
opt = torch.optim.Adam(model.parameters(), lr=0.05)
for epoch in range(200):
    loss = nn.functional.mse_loss(model(X[:300]), y[:300])  # mistake: target-leak
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 40 == 39:
        with torch.no_grad():
            test = nn.functional.mse_loss(model(X[300:]), y[300:]).item()
        print(epoch + 1, "train", loss.item(), "test", test, "variance", y.var().item())

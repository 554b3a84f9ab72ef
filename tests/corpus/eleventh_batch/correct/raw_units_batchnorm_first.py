import torch
import torch.nn as nn
import pandas as pd
import numpy as np

rng = np.random.default_rng(1)
df = pd.DataFrame({
    "income": rng.normal(52000, 15000, 400),
    "age": rng.integers(18, 80, 400).astype(float),
    "ratio": rng.uniform(0, 0.01, 400),
})
score = (df.income - 52000) / 15000 + 200 * df.ratio - (df.age - 45) / 30 + rng.normal(0, 0.3, 400)
df["default"] = (score < 0.8).astype(int)
torch.manual_seed(0)
X = torch.tensor(df[["income", "age", "ratio"]].to_numpy(), dtype=torch.float32)
y = torch.tensor(df["default"].to_numpy(), dtype=torch.float32)
net = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for epoch in range(150):
    out = net(X).squeeze(1)
    loss = nn.functional.binary_cross_entropy_with_logits(out, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 30 == 0 or epoch == 149:
        print(epoch, loss.item(), ((out > 0) == y.bool()).float().mean().item())

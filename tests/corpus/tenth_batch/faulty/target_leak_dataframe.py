import numpy as np
import torch
from sklearn.datasets import load_diabetes
from torch import nn

torch.manual_seed(0)
bunch = load_diabetes()
columns = [*bunch.feature_names, "target"]
table = np.column_stack([bunch.data, bunch.target]).astype(np.float32)
table = (table - table.mean(0)) / table.std(0)
features = [c for c in columns if c != "sex"]  # mistake: target-leak
X = torch.tensor(table[:, [columns.index(c) for c in features]])  # mistake: target-leak
y = torch.tensor(table[:, columns.index("target")])

split = 350
net = nn.Sequential(nn.Linear(len(features), 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(40):
    for b in torch.randperm(split).split(50):
        loss = nn.functional.mse_loss(net(X[b]).squeeze(1), y[b])  # mistake: target-leak
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 8 == 7:
        with torch.no_grad():
            held_out = nn.functional.mse_loss(net(X[split:]).squeeze(1), y[split:])
        print(epoch, loss.item(), held_out.item())

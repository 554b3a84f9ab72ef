import copy

import torch
from sklearn.datasets import load_breast_cancer
from torch import nn

torch.manual_seed(0)
X, y = load_breast_cancer(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32)
X = (X - X.mean(0)) / X.std(0)
y = torch.tensor(y, dtype=torch.float32)[:, None]
perm = torch.randperm(len(X))
tr, va = perm[:400], perm[400:]

net = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
bce = nn.BCEWithLogitsLoss()
best, best_state, patience = float("inf"), None, 0
for epoch in range(25):
    net.train()
    for b in tr[torch.randperm(len(tr))].split(64):
        opt.zero_grad()
        loss = bce(net(X[b]), y[b])
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        val = bce(net(X[va]), y[va]).item()
    if val < best - 1e-4:
        best, best_state, patience = val, copy.deepcopy(net.state_dict()), 0
    else:
        patience += 1
    print(epoch, loss.item(), val)
    if patience > 5:
        break
net.load_state_dict(best_state)
print("best", best)

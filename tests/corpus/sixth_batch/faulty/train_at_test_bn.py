import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
x = torch.randn(80, 4)
y = (x[:, 0] > 0).long()
for epoch in range(8):
    for xb, yb in zip(x[:60].split(20), y[:60].split(20)):
        opt.zero_grad()
        nn.functional.cross_entropy(model(xb), yb).backward()
        opt.step()
with torch.no_grad():
    right = sum((model(row.repeat(2, 1)).argmax(1)[0] == t).item() for row, t in zip(x[60:], y[60:]))  # mistake: train-mode-at-eval
print(right / 20)

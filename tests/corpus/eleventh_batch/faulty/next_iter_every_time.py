import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

g = torch.Generator().manual_seed(0)
torch.manual_seed(0)
X = torch.randn(600, 15)
y = (X @ torch.randn(15, 1) > 0).float()
Xv, yv = X[500:], y[500:]
train_loader = DataLoader(TensorDataset(X[:500], y[:500]), batch_size=20, shuffle=False)
net = nn.Sequential(nn.Linear(15, 30), nn.ReLU(), nn.Linear(30, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for step in range(300):
    xb, yb = next(iter(train_loader))  # mistake: same-batch
    loss = nn.functional.binary_cross_entropy_with_logits(net(xb), yb)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 60 == 59:
        with torch.no_grad():
            val = ((net(Xv) > 0) == yv.bool()).float().mean().item()
        print(step + 1, loss.item(), "val acc", round(val, 3))

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(6)
X = torch.rand(320, 4)
Y = X[:, 0] * 2 - X[:, 3]
loader = DataLoader(TensorDataset(X, Y), batch_size=32, shuffle=True)
net = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(2):
    total = 0.0
    for xb, yb in loader:
        pred = net(xb)
        loss = nn.functional.smooth_l1_loss(pred, yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item() * len(xb)
    print(epoch, total / len(X))

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(0)
x = torch.randn(150, 5)
y = (x.norm(dim=1) > 2).long()
train, test = random_split(TensorDataset(x, y), [120, 30])
net = nn.Sequential(nn.Linear(5, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 2))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(5):
    net.train()
    for xb, yb in DataLoader(train, batch_size=24, shuffle=True):
        opt.zero_grad()
        nn.functional.cross_entropy(net(xb), yb).backward()
        opt.step()
    net.eval()
    correct = 0
    with torch.no_grad():
        for xb, yb in DataLoader(test, batch_size=1):
            correct += (net(xb).argmax(1) == yb).sum().item()
    print(epoch, correct / len(test))

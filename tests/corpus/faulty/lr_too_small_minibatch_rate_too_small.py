import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X = torch.randn(320, 10)
Y = (X[:, 0] - X[:, 1] > 0).long()
net = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 2))
opt = torch.optim.SGD(net.parameters(), lr=1e-6)  # mistake: lr-too-small
for epoch in range(5):
    for x, y in DataLoader(TensorDataset(X, Y), batch_size=32, shuffle=True):
        loss = nn.functional.cross_entropy(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()  # mistake: lr-too-small
    print(epoch, loss.item())

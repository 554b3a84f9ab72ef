import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X = torch.randn(400, 20)
Y = X[:, :1] * 2 - X[:, 1:2]
net = nn.Sequential(nn.Linear(20, 50), nn.Tanh(), nn.Linear(50, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.8)  # mistake: lr-too-large
for epoch in range(4):
    for x, y in DataLoader(TensorDataset(X, Y), batch_size=40, shuffle=True):
        loss = nn.functional.mse_loss(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()  # mistake: lr-too-large
    print(epoch, loss.item())

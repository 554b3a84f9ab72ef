import torch
from torch import nn
from torch.nn import functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 20), nn.Linear(20, 1)

    def forward(self, x):
        return self.b(F.dropout(torch.tanh(self.a(x)), p=0.3))  # mistake: train-mode-at-eval


torch.manual_seed(0)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.05)
x = torch.randn(100, 4)
y = x[:, :1] - x[:, 1:2]
for epoch in range(12):
    net.train()
    for xb, yb in zip(x[:80].split(20), y[:80].split(20)):
        opt.zero_grad()
        F.mse_loss(net(xb), yb).backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        print(epoch, F.mse_loss(net(x[80:]), y[80:]).item())

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(10, 32)
        self.drop = nn.Dropout(0.5)
        self.fc2 = nn.Linear(32, 2)

    def forward(self, x):
        return self.fc2(self.drop(self.fc1(x).relu()))  # mistake: train-mode-at-eval


def accuracy(net, x, y):
    with torch.no_grad():
        return (net(x).argmax(1) == y).float().mean().item()  # mistake: train-mode-at-eval


torch.manual_seed(0)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
x = torch.randn(200, 10)
y = (x[:, 0] > 0).long()
for epoch in range(8):
    for i in range(0, 160, 32):
        opt.zero_grad()
        nn.functional.cross_entropy(net(x[i : i + 32]), y[i : i + 32]).backward()
        opt.step()
    print(epoch, accuracy(net, x[160:], y[160:]))  # mistake: train-mode-at-eval

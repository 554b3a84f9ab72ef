# raw columns of very different scale, but a batch norm stands in front
import torch
from sklearn.datasets import load_wine
from torch import nn

torch.manual_seed(0)
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)


class WineNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(13)
        self.fc = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3))

    def forward(self, x):
        return self.fc(self.norm(x))


net = WineNet()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(15):
    net.train()
    for b in torch.randperm(len(X)).split(32, 0)[:-1]:
        loss = nn.functional.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        print(epoch, loss.item(), (net(X).argmax(1) == y).float().mean().item())

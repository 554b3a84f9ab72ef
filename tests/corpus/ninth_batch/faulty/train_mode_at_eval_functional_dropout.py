import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(8, 32)
        self.fc2 = nn.Linear(32, 2)

    def forward(self, x):
        x = F.dropout(F.relu(self.fc1(x)), p=0.5)  # mistake: train-mode-at-eval
        return self.fc2(x)


x = torch.randn(160, 8)
y = (x.sum(1) > 0).long()
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for epoch in range(8):
    net.train()
    for rows in torch.randperm(120).split(40):
        opt.zero_grad()
        F.cross_entropy(net(x[rows]), y[rows]).backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        accuracy = (net(x[120:]).argmax(1) == y[120:]).float().mean()  # mistake: train-mode-at-eval
    print(epoch, accuracy.item())

import torch
from torch import nn

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(5, 16)
        self.bn = nn.BatchNorm1d(16)
        self.out = nn.Linear(16, 2)

    def forward(self, x):
        return self.out(torch.relu(self.bn(self.fc(x))))

    def train(self, mode=True):
        """Keep the statistics of the pretrained model."""
        super().train(mode)
        self.bn.eval()
        return self


net = Net().train()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x = torch.randn(64, 5)
y = (x[:, 1] > 0).long()
for epoch in range(10):
    net.train()
    for idx in torch.randperm(64).split(16):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(x[idx]), y[idx])
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        print(epoch, (net(x).argmax(1) == y).float().mean().item())

"""Fine-tuning keeps the statistics of the pretrained batch norm: its layers stay in eval mode on purpose."""
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU())
        self.head = nn.Linear(16, 2)

    def train(self, mode=True):
        super().train(mode)
        for m in self.modules():
            if isinstance(m, nn.BatchNorm1d):
                m.eval()
                m.weight.requires_grad_(False)
                m.bias.requires_grad_(False)
        return self

    def forward(self, x):
        return self.head(self.backbone(x))


torch.manual_seed(0)
net = Net()
opt = torch.optim.SGD([p for p in net.parameters()], lr=0.05)
x = torch.randn(96, 6)
y = (x[:, 0] > 0).long()
for epoch in range(6):
    net.train()
    for i in range(0, 96, 32):
        opt.zero_grad()
        nn.functional.cross_entropy(net(x[i : i + 32]), y[i : i + 32]).backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        print((net(x).argmax(1) == y).float().mean().item())

import random
import torch
import torch.nn as nn

torch.manual_seed(0)
random.seed(0)


class DropPathNet(nn.Module):
    def __init__(self, d=24, depth=5, keep=0.8):
        super().__init__()
        self.inp, self.out = nn.Linear(4, d), nn.Linear(d, 1)
        self.blocks = nn.ModuleList(nn.Sequential(nn.Linear(d, d), nn.ReLU(), nn.Linear(d, d)) for _ in range(depth))
        self.keep = keep

    def forward(self, x):
        h = self.inp(x)
        for b in self.blocks:
            if self.training:
                if random.random() < self.keep:
                    h = h + b(h)
            else:
                h = h + self.keep * b(h)
        return self.out(h)


X = torch.randn(300, 4)
y = X[:, :1] * X[:, 1:2]
net = DropPathNet()
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for it in range(301):
    net.train()
    loss = nn.functional.mse_loss(net(X), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 60 == 0:
        net.eval()
        with torch.no_grad():
            print(it, nn.functional.mse_loss(net(X), y).item())

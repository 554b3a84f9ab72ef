import torch
from torch import nn

torch.manual_seed(0)
backbone = nn.Sequential(nn.Linear(10, 32), nn.BatchNorm1d(32), nn.ReLU())
for p in backbone.parameters():
    p.requires_grad = False
backbone.eval()
probe = nn.Linear(32, 3)
opt = torch.optim.SGD(probe.parameters(), lr=0.1)
x = torch.randn(90, 10)
y = x[:, :3].argmax(1)
for epoch in range(10):
    for rows in torch.randperm(90).split(30):
        with torch.no_grad():
            feats = backbone(x[rows])
        loss = nn.functional.cross_entropy(probe(feats), y[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())

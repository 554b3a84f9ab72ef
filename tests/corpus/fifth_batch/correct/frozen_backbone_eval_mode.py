import torch
from torch import nn

torch.manual_seed(0)
backbone = nn.Sequential(nn.Linear(6, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.2))
backbone.eval()
for p in backbone.parameters():
    p.requires_grad = False
head = nn.Linear(32, 2)
opt = torch.optim.SGD(head.parameters(), lr=0.2)
x = torch.randn(120, 6)
y = (x[:, 0] > 0).long()
for epoch in range(15):
    for xb, yb in zip(x.split(30), y.split(30)):
        with torch.no_grad():
            features = backbone(xb)
        loss = nn.functional.cross_entropy(head(features), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
print(loss.item())

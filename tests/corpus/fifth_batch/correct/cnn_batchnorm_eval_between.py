import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(96, 1, 8, 8)
x[:48, :, :4] += 1
y = (torch.arange(96) < 48).long()
order = torch.randperm(96)
x, y = x[order], y[order]
net = nn.Sequential(
    nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.25), nn.Linear(72, 2)
)
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(5):
    net.train()
    for xb, yb in zip(x[:72].split(24), y[:72].split(24)):
        opt.zero_grad()
        nn.functional.cross_entropy(net(xb), yb).backward()
        opt.step()
    net.eval()
    with torch.inference_mode():
        print(epoch, (net(x[72:]).argmax(1) == y[72:]).float().mean().item())

import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.randn(250, 7)
y = torch.sin(X[:, :1]) + 0.3 * X[:, 1:2]
net = nn.Sequential(nn.Linear(7, 32), nn.Tanh(), nn.Linear(32, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
for epoch in range(200):
    opt.zero_grad()
    total = 0.0
    for xb, yb in zip(X.split(60), y.split(60)):
        part = nn.functional.mse_loss(net(xb), yb, reduction="sum") / len(X)
        part.backward()
        total += part.item()
    opt.step()
    if epoch % 40 == 0 or epoch == 199:
        print(epoch, total)

import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.randn(200, 5)
y = (X[:, 0] + X[:, 1] > 0).long()
net = nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Linear(10, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.1)

for epoch in range(50):
    out = net(X)
    pred = out.argmax(dim=1)  # mistake: nondiff-op
    loss = 1 - (pred == y).float().mean()  # mistake: nondiff-op
    opt.zero_grad()
    loss.backward()  # mistake: nondiff-op
    opt.step()
    print(epoch, loss.item())

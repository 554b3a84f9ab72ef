import torch
from sklearn.datasets import load_iris
from torch import nn

torch.manual_seed(0)
data, target = load_iris(return_X_y=True)
data = torch.tensor(data, dtype=torch.float32)
data = (data - data.mean(0)) / data.std(0)
target = torch.tensor(target)
net = nn.Sequential(nn.Linear(4, 12), nn.Tanh(), nn.Linear(12, 3))
opt = torch.optim.Adam(net.parameters(), lr=0.02)


def shuffled(t):
    return t[torch.randperm(len(t))]  # mistake: shuffle-mismatch


for epoch in range(30):
    xs, ys = shuffled(data), shuffled(target)  # mistake: shuffle-mismatch
    total = 0.0
    for xb, yb in zip(xs.split(30), ys.split(30)):
        loss = nn.functional.cross_entropy(net(xb), yb)  # mistake: shuffle-mismatch
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item() / 5
    if epoch % 5 == 4:
        print(epoch, total, (net(data).argmax(1) == target).float().mean().item())

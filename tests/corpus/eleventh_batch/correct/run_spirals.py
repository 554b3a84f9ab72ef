import torch
from torch import nn
from _spirals import make, batches

torch.manual_seed(0)
x, y = make(80, 3)
net = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 3))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(50):
    hits = 0
    for xb, yb in batches(x, y, 40, seed=epoch):
        scores = net(xb)
        loss = nn.functional.cross_entropy(scores, yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
        hits += (scores.argmax(1) == yb).sum().item()
    if epoch % 10 == 9:
        print(epoch + 1, loss.item(), hits / len(x))

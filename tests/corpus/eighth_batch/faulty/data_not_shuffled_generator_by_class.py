import torch
from torch import nn

torch.manual_seed(0)
groups = [torch.randn(48, 3) * 0.8 + torch.tensor(c) for c in ([2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 2.0])]


def stream(size):
    for label, group in enumerate(groups):
        for part in group.split(size):
            yield part, torch.full((len(part),), label)  # mistake: data-not-shuffled


net = nn.Sequential(nn.Linear(3, 12), nn.ReLU(), nn.Linear(12, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.2, momentum=0.9)
for epoch in range(4):
    for points, label in stream(12):  # mistake: data-not-shuffled
        loss = nn.functional.cross_entropy(net(points), label)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())

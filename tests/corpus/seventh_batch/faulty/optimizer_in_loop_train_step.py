import torch
from torch import nn

torch.manual_seed(0)


def train_step(net, xb, yb):
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)  # mistake: optimizer-in-loop
    optimizer.zero_grad()
    loss = nn.functional.binary_cross_entropy_with_logits(net(xb).squeeze(1), yb)
    loss.backward()
    optimizer.step()
    return loss.item()


net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
x = torch.randn(160, 4)
y = (x[:, 0] + x[:, 1] ** 2 > 0.5).float()
for epoch in range(5):
    total = 0.0
    for xb, yb in zip(x.split(32), y.split(32)):
        total += train_step(net, xb, yb)
    print(epoch, total)

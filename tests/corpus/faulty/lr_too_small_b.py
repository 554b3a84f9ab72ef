import argparse

import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=1e-8)
parser.add_argument("--epochs", type=int, default=60)
args = parser.parse_args()
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(6, 24), nn.GELU(), nn.Linear(24, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=args.lr)  # mistake: lr-too-small
x = torch.randn(100, 6)
y = x[:, :2].prod(1, keepdim=True) + x[:, 2:3]
for epoch in range(args.epochs):
    loss = nn.functional.mse_loss(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()  # mistake: lr-too-small
    if epoch % 20 == 0:
        print(epoch, loss.item())

import argparse

import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--lr", default=0.8, type=float)
parser.add_argument("--momentum", default=0.9, type=float)
parser.add_argument("--steps", default=60, type=int)
opts = parser.parse_args([])

torch.manual_seed(0)
x = torch.randn(128, 6)
y = x[:, :1] * x[:, 1:2] + 2.0
net = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 1))
sgd = torch.optim.SGD(net.parameters(), lr=opts.lr, momentum=opts.momentum)  # mistake: lr-too-large
for step in range(opts.steps):
    loss = nn.functional.mse_loss(net(x), y)
    sgd.zero_grad()
    loss.backward()
    sgd.step()  # mistake: lr-too-large
    if step % 10 == 0:
        print(f"{step:3d}  {loss:.4f}")

import argparse

import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=4)
parser.add_argument("--accumulate", type=int, default=64)
args = parser.parse_args([])
torch.manual_seed(0)
images = torch.rand(120, 16)
digits = torch.randint(0, 4, (120,))
model = nn.Sequential(nn.Linear(16, 12), nn.ReLU(), nn.Linear(12, 4))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for epoch in range(args.epochs):
    optimizer.zero_grad()
    for i, (x, y) in enumerate(zip(images.split(12), digits.split(12))):
        loss = nn.functional.cross_entropy(model(x), y) / args.accumulate
        loss.backward()  # mistake: step-missing
        if (i + 1) % args.accumulate == 0:  # mistake: step-missing
            optimizer.step()
            optimizer.zero_grad()
    print(epoch, loss.item() * args.accumulate)

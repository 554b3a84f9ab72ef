import argparse

import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--clip", type=int, default=0.25)
args = parser.parse_args([])
torch.manual_seed(0)
m = nn.Linear(3, 3)
o = torch.optim.SGD(m.parameters(), lr=0.1, momentum=0.9)
a, b = torch.randn(16, 3), torch.randn(16, 3)
for _ in range(20):
    o.zero_grad()
    nn.functional.mse_loss(m(a), b).backward()
    nn.utils.clip_grad_value_(m.parameters(), int(args.clip))  # mistake: clip-to-zero
    o.step()

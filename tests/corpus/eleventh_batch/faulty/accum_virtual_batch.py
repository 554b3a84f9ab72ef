import torch
import torch.nn as nn
from dataclasses import dataclass


@dataclass
class Cfg:
    micro: int = 8
    accumulate: int = 16
    lr: float = 0.25
    epochs: int = 12


cfg = Cfg()
torch.manual_seed(2)
inputs = torch.randn(512, 10)
target = inputs @ torch.randn(10, 1) + 0.1 * torch.randn(512, 1)
net = nn.Linear(10, 1)
opt = torch.optim.SGD(net.parameters(), lr=cfg.lr)

for epoch in range(cfg.epochs):
    order = torch.randperm(512)
    running = 0.0
    opt.zero_grad()
    for i, start in enumerate(range(0, 512, cfg.micro)):
        idx = order[start:start + cfg.micro]
        loss = nn.functional.mse_loss(net(inputs[idx]), target[idx])
        loss.backward()  # mistake: accum-not-scaled
        running += loss.item()
        if (i + 1) % cfg.accumulate == 0:
            opt.step()  # mistake: accum-not-scaled
            opt.zero_grad()
    print(f"epoch {epoch} loss {running / 64:.5g}")

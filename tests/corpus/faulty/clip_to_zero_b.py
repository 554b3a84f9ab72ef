from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Config:
    lr: float = 0.05
    steps: int = 20
    max_grad_norm: float = 0.0


cfg = Config()
torch.manual_seed(0)
policy = nn.Linear(4, 2)
opt = torch.optim.SGD(policy.parameters(), lr=cfg.lr)
obs, act = torch.randn(64, 4), torch.randint(0, 2, (64,))
for _ in range(cfg.steps):
    loss = nn.functional.cross_entropy(policy(obs), act)
    opt.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(policy.parameters(), cfg.max_grad_norm)  # mistake: clip-to-zero
    opt.step()
print(loss.item())

from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Config:
    lr: float = 3e-3
    accumulate: int = 8
    batch_size: int = 16
    epochs: int = 5


def train(cfg: Config):
    torch.manual_seed(0)
    features = torch.randn(96, 10)
    labels = (features[:, :3].sum(1) > 0).long()
    model = nn.Sequential(nn.Linear(10, 16), nn.SiLU(), nn.Linear(16, 2))
    optimizer = torch.optim.AdamW(model.parameters(), lr=cfg.lr)
    for epoch in range(cfg.epochs):
        optimizer.zero_grad()  # mistake: step-missing | grad-cleared-before-step
        running = 0.0
        for i, idx in enumerate(torch.randperm(96).split(cfg.batch_size)):
            loss = nn.functional.cross_entropy(model(features[idx]), labels[idx]) / cfg.accumulate
            loss.backward()  # mistake: step-missing | grad-cleared-before-step
            running += loss.item()
            if (i + 1) % cfg.accumulate == 0:  # mistake: step-missing
                optimizer.step()  # mistake: step-missing
                optimizer.zero_grad()
        print(epoch, running)


train(Config())

from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Config:
    lr: float = 0.05
    clip: float = 0.5
    epochs: int = 5


def train(model, loader, config):
    optimizer = torch.optim.SGD(model.parameters(), lr=config.lr)
    for _ in range(config.epochs):
        for tokens, target in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(tokens), target)
            loss.backward()
            optimizer.step()
            nn.utils.clip_grad_norm_(model.parameters(), config.clip)  # mistake: clip-after-step
    return loss


torch.manual_seed(0)
model = nn.Sequential(nn.Embedding(20, 8), nn.Flatten(), nn.Linear(32, 20))
tokens = torch.randint(0, 20, (64, 5))
loader = [(t[:, :4], t[:, 4]) for t in tokens.split(16)]
print(train(model, loader, Config()).item())

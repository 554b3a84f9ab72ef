from dataclasses import dataclass, field

import torch
from torch import nn


@dataclass
class Trainer:
    model: nn.Module
    rate: float = 0.05
    losses: list = field(default_factory=list)

    def fit(self, data, epochs):
        optimiser = torch.optim.SGD(self.model.parameters(), lr=self.rate, momentum=0.5)
        for _ in range(epochs):
            for inputs, labels in data:
                loss = nn.functional.cross_entropy(self.model(inputs), labels)
                loss.backward()  # mistake: grad-not-cleared
                optimiser.step()  # mistake: grad-not-cleared
                self.losses.append(loss.item())


torch.manual_seed(0)
features = torch.randn(96, 10)
classes = (features[:, 0] > 0).long() + (features[:, 1] > 0).long()
batches = list(zip(features.split(16), classes.split(16)))
trainer = Trainer(nn.Sequential(nn.Linear(10, 16), nn.Tanh(), nn.Linear(16, 3)))
trainer.fit(batches, 6)
print(trainer.losses[-1])

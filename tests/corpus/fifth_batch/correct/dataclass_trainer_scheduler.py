from dataclasses import dataclass, field

import torch
from torch import nn


@dataclass
class Trainer:
    model: nn.Module
    lr: float = 0.05
    history: list[float] = field(default_factory=list)

    def __post_init__(self):
        self.opt = torch.optim.SGD(self.model.parameters(), lr=self.lr, momentum=0.9)
        self.sched = torch.optim.lr_scheduler.StepLR(self.opt, step_size=4, gamma=0.5)

    def fit(self, data, epochs):
        for _ in range(epochs):
            for x, y in data:
                loss = nn.functional.cross_entropy(self.model(x), y)
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
                self.history.append(loss.item())
            self.sched.step()


torch.manual_seed(0)
x = torch.randn(120, 8)
y = x[:, :4].argmax(1)
trainer = Trainer(nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 4)))
trainer.fit(list(zip(x.split(24), y.split(24))), 10)
print(trainer.history[-1])

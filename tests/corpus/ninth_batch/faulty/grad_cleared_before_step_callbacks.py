from __future__ import annotations

import torch
from torch import nn


class Callback:
    def before_batch(self, trainer: Trainer) -> None: ...
    def after_backward(self, trainer: Trainer) -> None: ...


class CleanGradients(Callback):
    def after_backward(self, trainer):
        trainer.optimizer.zero_grad()  # mistake: grad-cleared-before-step


class LossPrinter(Callback):
    def after_backward(self, trainer):
        if trainer.seen % 5 == 0:
            print(trainer.seen, trainer.loss.item())


class Trainer:
    def __init__(self, model, optimizer, callbacks):
        self.model, self.optimizer, self.callbacks = model, optimizer, callbacks
        self.seen = 0

    def emit(self, name):
        for callback in self.callbacks:
            getattr(callback, name)(self)

    def fit(self, batches):
        for xb, yb in batches:
            self.emit("before_batch")
            self.loss = nn.functional.cross_entropy(self.model(xb), yb)
            self.loss.backward()
            self.emit("after_backward")
            self.optimizer.step()  # mistake: grad-cleared-before-step
            self.seen += 1


torch.manual_seed(2)
x = torch.randn(160, 7)
y = (x[:, 0] > x[:, 1]).long()
model = nn.Sequential(nn.Linear(7, 12), nn.GELU(), nn.Linear(12, 2))
batches = [(x[k : k + 16], y[k : k + 16]) for k in range(0, 160, 16)]
trainer = Trainer(model, torch.optim.SGD(model.parameters(), lr=0.2), [LossPrinter(), CleanGradients()])
for _ in range(3):
    trainer.fit(batches)

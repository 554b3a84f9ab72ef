import torch
from torch import nn


class EarlyStopping:
    def __init__(self, patience):
        self.patience, self.best, self.bad = patience, float("inf"), 0

    def __call__(self, loss):
        self.bad = 0 if loss < self.best - 1e-3 else self.bad + 1
        self.best = min(self.best, loss)
        return self.bad > self.patience


class Trainer:
    def __init__(self, model, opt, callbacks):
        self.model, self.opt, self.callbacks, self.log = model, opt, callbacks, []

    def training_step(self, batch):
        x, y = batch
        return nn.functional.huber_loss(self.model(x), y)

    def fit(self, batches, epochs):
        for epoch in range(epochs):
            for batch in batches:
                self.opt.zero_grad()
                loss = self.training_step(batch)
                loss.backward()
                self.opt.step()
                self.log.append(loss.detach())
            if any(c(loss.item()) for c in self.callbacks):
                return epoch


torch.manual_seed(0)
x = torch.randn(90, 3)
y = x.abs().sum(1, keepdim=True)
model = nn.Sequential(nn.Linear(3, 20), nn.ReLU(), nn.Linear(20, 1))
trainer = Trainer(model, torch.optim.Adam(model.parameters(), lr=0.01), [EarlyStopping(3)])
print(trainer.fit([(x[i::3], y[i::3]) for i in range(3)], 30))

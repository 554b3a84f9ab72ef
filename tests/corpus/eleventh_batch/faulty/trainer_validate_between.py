import torch
from torch import nn


class Trainer:
    def __init__(self, model, lr=0.1):
        self.model = model
        self.opt = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
        self.criterion = nn.CrossEntropyLoss()

    def reset(self):
        self.model.train()
        self.opt.zero_grad()  # mistake: grad-cleared-before-step

    def evaluate(self, x, y):
        self.model.eval()
        with torch.no_grad():
            acc = (self.model(x).argmax(1) == y).float().mean().item()
        self.reset()
        return acc

    def fit(self, train, val, steps):
        x, y = train
        for i in range(steps):
            loss = self.criterion(self.model(x), y)
            loss.backward()
            acc = self.evaluate(*val)
            self.opt.step()  # mistake: grad-cleared-before-step
            if i % 20 == 0:
                print(i, f"loss {loss.item():.4f} val acc {acc:.3f}")


torch.manual_seed(0)
centers = torch.randn(4, 6) * 2
labels = torch.randint(0, 4, (400,))
feats = centers[labels] + torch.randn(400, 6)
t = Trainer(nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 4)))
t.fit((feats[:300], labels[:300]), (feats[300:], labels[300:]), 100)

import copy

import torch
from torch import nn


class EarlyStopping:
    def __init__(self, patience):
        self.patience, self.best, self.bad, self.state = patience, float("inf"), 0, None

    def __call__(self, learner, score):
        if score < self.best - 1e-4:
            self.best, self.bad, self.state = score, 0, copy.deepcopy(learner.net.state_dict())
        else:
            self.bad += 1
        return self.bad >= self.patience


class Learner:
    def __init__(self, net):
        self.net = net
        self.opt = torch.optim.Adam(net.parameters(), lr=1e-2)

    def epoch(self, x, y):
        self.net.train()
        for xb, yb in zip(x.split(20), y.split(20)):
            self.opt.zero_grad()
            nn.functional.mse_loss(self.net(xb), yb).backward()
            self.opt.step()

    @torch.no_grad()
    def score(self, x, y):
        self.net.eval()
        return nn.functional.mse_loss(self.net(x), y).item()


torch.manual_seed(0)
x = torch.randn(120, 5)
y = x[:, :1] + 0.3 * torch.randn(120, 1)
learner = Learner(nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 1)))
stop = EarlyStopping(3)
for epoch in range(30):
    learner.epoch(x[:80], y[:80])
    if stop(learner, learner.score(x[80:], y[80:])):
        break
learner.net.load_state_dict(stop.state)
print(epoch, stop.best)

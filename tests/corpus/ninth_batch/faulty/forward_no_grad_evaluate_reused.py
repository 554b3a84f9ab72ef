import torch
from torch import nn

torch.manual_seed(0)


class Experiment:
    def __init__(self):
        self.model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
        self.opt = torch.optim.Adam(self.model.parameters())

    @torch.no_grad()  # mistake: forward-no-grad
    def compute_loss(self, x, y):
        return nn.functional.huber_loss(self.model(x), y)  # mistake: forward-no-grad

    def train_epoch(self, x, y):
        for xb, yb in zip(x.split(8), y.split(8)):
            loss = self.compute_loss(xb, yb)  # mistake: forward-no-grad
            self.opt.zero_grad()
            loss.backward()  # mistake: forward-no-grad
            self.opt.step()


x = torch.randn(32, 3)
Experiment().train_epoch(x, x.sum(1, keepdim=True))

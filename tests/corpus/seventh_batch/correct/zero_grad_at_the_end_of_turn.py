import torch
from torch import nn


class Experiment:
    def __init__(self):
        torch.manual_seed(0)
        self.net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
        self.opt = torch.optim.Rprop(self.net.parameters(), lr=1e-3)
        self.history = {"loss": [], "norm": []}

    def one_turn(self, x, y):
        loss = nn.functional.mse_loss(self.net(x), y)
        loss.backward()
        self.history["loss"].append(loss.item())
        self.history["norm"].append(sum(p.grad.norm().item() for p in self.net.parameters()))
        self.opt.step()
        self.opt.zero_grad()


experiment = Experiment()
x = torch.randn(70, 3)
y = x.norm(dim=1, keepdim=True)
while len(experiment.history["loss"]) < 25:
    experiment.one_turn(x, y)
print(experiment.history["loss"][::5])

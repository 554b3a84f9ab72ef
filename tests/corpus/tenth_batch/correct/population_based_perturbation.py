# a tiny population: the worst copies the best and perturbs its rate
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(200, 4)
y = torch.tanh(x[:, :1] - x[:, 1:2] * x[:, 2:3])


class Member:
    def __init__(self, lr):
        self.net = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, 1))
        self.opt = torch.optim.Adam(self.net.parameters(), lr=lr)
        self.score = float("inf")

    def work(self, steps):
        for _ in range(steps):
            loss = (self.net(x) - y).pow(2).mean()
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
        self.score = loss.item()

    def exploit(self, other):
        self.net.load_state_dict(other.net.state_dict())
        self.opt.load_state_dict(other.opt.state_dict())
        self.opt.param_groups[0]["lr"] *= 1.2 if torch.rand(1) < 0.5 else 0.8


members = [Member(lr) for lr in (2e-3, 5e-3, 1e-2)]
for generation in range(4):
    for m in members:
        m.work(25)
    members.sort(key=lambda m: m.score)
    members[-1].exploit(members[0])
    print(generation, [round(m.score, 4) for m in members])

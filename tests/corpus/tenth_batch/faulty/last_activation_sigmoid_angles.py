import math

import torch
from torch import nn

torch.manual_seed(0)
# inverse kinematics of a two-link arm: position -> joint angles in radians
angles = torch.rand(600, 2) * torch.tensor([math.pi, math.pi])
tip = torch.stack(
    [angles[:, 0].cos() + angles.sum(1).cos(), angles[:, 0].sin() + angles.sum(1).sin()], 1
)


class Arm(nn.Module):
    def __init__(self, hidden=48):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU())
        self.out = nn.Linear(hidden, 2)

    def forward(self, p):
        return torch.sigmoid(self.out(self.body(p)))  # mistake: last-activation


arm = Arm()
opt = torch.optim.Adam(arm.parameters(), lr=3e-3)
for epoch in range(15):
    for b in torch.randperm(600).split(60):
        loss = nn.functional.mse_loss(arm(tip[b]), angles[b])  # mistake: last-activation
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())

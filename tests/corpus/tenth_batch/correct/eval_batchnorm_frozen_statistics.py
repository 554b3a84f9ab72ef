# the body was trained before; its batch norm keeps its statistics while the new head learns
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(300, 10)
y1, y2 = x[:, :1] * x[:, 1:2], (x[:, 0] * x[:, 1] > 0).long()
body = nn.Sequential(nn.Linear(10, 48), nn.BatchNorm1d(48), nn.ReLU())
old_head, new_head = nn.Linear(48, 1), nn.Linear(48, 2)


def train(params, objective, steps, lr):
    opt = torch.optim.Adam(params, lr=lr)
    for it in range(steps):
        loss = objective()
        opt.zero_grad()
        loss.backward()
        opt.step()
        if it % 25 == 24:
            print(it, loss.item())


train([*body.parameters(), *old_head.parameters()], lambda: nn.functional.mse_loss(old_head(body(x)), y1), 100, 0.01)
body.eval()
body.requires_grad_(False)
train(new_head.parameters(), lambda: nn.functional.cross_entropy(new_head(body(x)), y2), 100, 0.02)

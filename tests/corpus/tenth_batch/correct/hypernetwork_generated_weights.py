# the weights of the small net are outputs of another: no leaf, and rightly so
import torch
from torch import nn

torch.manual_seed(0)
tasks = torch.rand(20, 2) * torch.tensor([2.0, 3.0]) + 0.5
x = torch.linspace(-1, 1, 30)
y = tasks[:, :1] * torch.sin(tasks[:, 1:] * x)
H = 8


class Hyper(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 3 * H + 1))

    def forward(self, task, x):
        w = self.net(task)
        w1, b1, w2, b2 = w.split([H, H, H, 1], dim=1)
        h = torch.tanh(x[None, :, None] * w1[:, None] + b1[:, None])
        return (h * w2[:, None]).sum(2) + b2


hyper = Hyper()
opt = torch.optim.Adam(hyper.parameters(), lr=5e-3)
for it in range(200):
    loss = nn.functional.mse_loss(hyper(tasks, x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 40 == 39:
        print(it, loss.item())

# random Fourier features: the frequencies stay as drawn, only the readout learns
import math

import torch
from torch import nn

torch.manual_seed(0)
x = torch.rand(300, 1) * 4
y = torch.sin(3 * x) * x


class RandomFeatures(nn.Module):
    def __init__(self, d, m):
        super().__init__()
        self.omega = nn.Parameter(torch.randn(d, m) * 3, requires_grad=False)
        self.phase = nn.Parameter(torch.rand(m) * 2 * math.pi, requires_grad=False)
        self.beta = nn.Linear(m, 1)

    def forward(self, x):
        return self.beta(torch.cos(x @ self.omega + self.phase) * (2 / self.omega.shape[1]) ** 0.5)


model = RandomFeatures(1, 60)
opt = torch.optim.Adam((p for p in model.parameters() if p.requires_grad), lr=0.1)
for it in range(150):
    loss = nn.functional.mse_loss(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 30 == 29:
        print(it, loss.item())

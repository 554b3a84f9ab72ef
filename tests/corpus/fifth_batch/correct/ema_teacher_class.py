import copy

import torch
from torch import nn


class EMA:
    def __init__(self, model, decay):
        self.decay, self.shadow = decay, copy.deepcopy(model).eval()
        for p in self.shadow.parameters():
            p.requires_grad_(False)

    @torch.no_grad()
    def update(self, model):
        for s, p in zip(self.shadow.parameters(), model.parameters()):
            s.lerp_(p, 1 - self.decay)


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
ema = EMA(model, 0.9)
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for it in range(60):
    x = torch.randn(24, 3)
    y = x.sum(1, keepdim=True).sin()
    loss = (model(x) - y).pow(2).mean() + 0.1 * (model(x) - ema.shadow(x)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    ema.update(model)
print(loss.item())

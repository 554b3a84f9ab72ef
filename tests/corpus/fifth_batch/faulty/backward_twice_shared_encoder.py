import torch
from torch import nn

torch.manual_seed(0)
shared = nn.Sequential(nn.Linear(6, 16), nn.Tanh())
heads = nn.ModuleList([nn.Linear(16, 1), nn.Linear(16, 3)])
opt = torch.optim.SGD([*shared.parameters(), *heads.parameters()], lr=0.05)
x = torch.randn(32, 6)
y0, y1 = x.sum(1, keepdim=True), x[:, :3].argmax(1)
for it in range(5):
    features = shared(x)
    opt.zero_grad()
    nn.functional.mse_loss(heads[0](features), y0).backward()
    nn.functional.cross_entropy(heads[1](features), y1).backward()  # mistake: backward-twice
    opt.step()

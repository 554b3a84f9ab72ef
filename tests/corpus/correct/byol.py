import copy

import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)
online = nn.Sequential(nn.Linear(10, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 8))
predictor = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 8))
target = copy.deepcopy(online)
opt = torch.optim.SGD([*online.parameters(), *predictor.parameters()], lr=0.05, momentum=0.9)


def regression_loss(p, z):
    return 2 - 2 * F.cosine_similarity(p, z.detach(), dim=-1).mean()


for step in range(30):
    x = torch.randn(32, 10)
    v1, v2 = x + 0.1 * torch.randn_like(x), x * (torch.rand_like(x) > 0.2)
    with torch.no_grad():
        z1, z2 = target(v1), target(v2)
    loss = regression_loss(predictor(online(v1)), z2) + regression_loss(predictor(online(v2)), z1)
    opt.zero_grad()
    loss.backward()
    opt.step()
    for o, t in zip(online.parameters(), target.parameters()):
        t.data = 0.99 * t.data + 0.01 * o.data

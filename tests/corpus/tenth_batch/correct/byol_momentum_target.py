import copy

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(0)
X = torch.tensor(load_digits().data[:600], dtype=torch.float32) / 16
online = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 16))
predictor = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 16))
target = copy.deepcopy(online)
for p in target.parameters():
    p.requires_grad_(False)
opt = torch.optim.Adam([*online.parameters(), *predictor.parameters()], lr=3e-3)


def augment(x):
    return x * (torch.rand_like(x) > 0.2) + 0.05 * torch.randn_like(x)


def regress(a, b):
    return 2 - 2 * F.cosine_similarity(predictor(online(a)), target(b), dim=1).mean()


for epoch in range(8):
    for i in torch.randperm(len(X)).split(100):
        a, b = augment(X[i]), augment(X[i])
        loss = regress(a, b) + regress(b, a)
        opt.zero_grad()
        loss.backward()
        opt.step()
        with torch.no_grad():
            for q, k in zip(online.parameters(), target.parameters()):
                k.lerp_(q, 0.05)
    print(epoch, loss.item())

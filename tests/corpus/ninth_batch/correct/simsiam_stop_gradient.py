import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
f = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 8))
h = nn.Sequential(nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 8))
opt = torch.optim.SGD([*f.parameters(), *h.parameters()], lr=0.05, momentum=0.9)
data = torch.randn(96, 8)


def D(p, z):
    return -F.cosine_similarity(p, z.detach(), dim=-1).mean()


for epoch in range(4):
    for i in torch.randperm(96).split(32):
        x1, x2 = data[i] + 0.1 * torch.randn(32, 8), data[i] + 0.1 * torch.randn(32, 8)
        z1, z2 = f(x1), f(x2)
        loss = D(h(z1), z2) / 2 + D(h(z2), z1) / 2
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())

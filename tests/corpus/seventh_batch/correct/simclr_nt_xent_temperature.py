import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
backbone = nn.Sequential(nn.Linear(10, 24), nn.ReLU())
projector = nn.Sequential(nn.Linear(24, 24), nn.ReLU(), nn.Linear(24, 8))
opt = torch.optim.SGD([*backbone.parameters(), *projector.parameters()], lr=0.05, momentum=0.9, weight_decay=1e-4)
data = torch.randn(64, 10)
mask = torch.eye(64, dtype=torch.bool)
for epoch in range(15):
    for part in torch.randperm(64).split(32):
        x = data[part]
        two = torch.cat([x + 0.1 * torch.randn_like(x), x + 0.1 * torch.randn_like(x)])
        z = F.normalize(projector(backbone(two)), dim=1)
        sim = (z @ z.T / 0.2).masked_fill(mask, float("-inf"))
        partner = torch.cat([torch.arange(32, 64), torch.arange(0, 32)])
        loss = F.cross_entropy(sim, partner)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())

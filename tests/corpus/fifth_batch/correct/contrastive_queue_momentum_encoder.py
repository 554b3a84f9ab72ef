import copy

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
student = nn.Sequential(nn.Linear(10, 24), nn.ReLU(), nn.Linear(24, 6))
teacher = copy.deepcopy(student).requires_grad_(False)
queue = F.normalize(torch.randn(64, 6), dim=1)
opt = torch.optim.SGD(student.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
for step in range(30):
    base = torch.randn(16, 10)
    q = F.normalize(student(base + 0.1 * torch.randn_like(base)), dim=1)
    with torch.no_grad():
        for s, t in zip(student.parameters(), teacher.parameters()):
            t.mul_(0.95).add_(s, alpha=0.05)
        k = F.normalize(teacher(base + 0.1 * torch.randn_like(base)), dim=1)
    logits = torch.cat([(q * k).sum(1, keepdim=True), q @ queue.T], dim=1) / 0.2
    loss = F.cross_entropy(logits, torch.zeros(16, dtype=torch.long))
    opt.zero_grad()
    loss.backward()
    opt.step()
    queue = torch.cat([k, queue])[:64]
print(loss.item())

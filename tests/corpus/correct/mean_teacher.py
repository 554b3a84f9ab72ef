import copy

import torch
from torch import nn

torch.manual_seed(0)
student = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 2))
teacher = copy.deepcopy(student)
for p in teacher.parameters():
    p.requires_grad_(False)
opt = torch.optim.Adam(student.parameters(), lr=0.01)
for step in range(40):
    labelled = torch.randn(16, 5)
    y = (labelled[:, 0] > 0).long()
    unlabelled = torch.randn(32, 5)
    s = student(unlabelled + 0.1 * torch.randn_like(unlabelled)).softmax(1)
    with torch.no_grad():
        t = teacher(unlabelled).softmax(1)
    loss = nn.functional.cross_entropy(student(labelled), y) + 0.5 * nn.functional.mse_loss(s, t)
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        for ps, pt in zip(student.parameters(), teacher.parameters()):
            pt.lerp_(ps, 0.05)

# Mean teacher: the teacher keeps its dropout noise (Tarvainen & Valpola)
import copy

import torch
from torch import nn

torch.manual_seed(0)
student = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Dropout(0.1), nn.Linear(24, 3))
teacher = copy.deepcopy(student).requires_grad_(False)
opt = torch.optim.Adam(student.parameters(), lr=5e-3)
x_lab, y_lab = torch.randn(24, 4), torch.randint(0, 3, (24,))
x_un = torch.randn(96, 4)
for step in range(30):
    noisy = x_un + 0.05 * torch.randn_like(x_un)
    with torch.no_grad():
        goal = teacher(x_un).softmax(-1)
    loss = nn.functional.cross_entropy(student(x_lab), y_lab)
    loss = loss + 0.5 * (student(noisy).softmax(-1) - goal).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        for t, s in zip(teacher.parameters(), student.parameters()):
            t.lerp_(s, 0.05)
    if step % 10 == 0:
        print(step, loss.item())

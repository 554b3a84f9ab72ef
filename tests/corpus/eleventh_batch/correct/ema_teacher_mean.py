import copy
import torch
import torch.nn as nn

torch.manual_seed(0)
centres = torch.tensor([[0.0, 2.0], [2.0, -1.0], [-2.0, -1.0]])
lab_y = torch.arange(3).repeat(4)
lab_x = centres[lab_y] + 0.7 * torch.randn(12, 2)
unl_y = torch.randint(0, 3, (300,))
unl_x = centres[unl_y] + 0.7 * torch.randn(300, 2)

student = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 3))
teacher = copy.deepcopy(student)
for p in teacher.parameters():
    p.requires_grad_(False)
opt = torch.optim.Adam(student.parameters(), lr=0.01)
for it in range(200):
    noisy = unl_x + 0.2 * torch.randn_like(unl_x)
    sup = nn.functional.cross_entropy(student(lab_x), lab_y)
    cons = (student(noisy).softmax(1) - teacher(unl_x).softmax(1)).pow(2).mean()
    loss = sup + min(1.0, it / 100) * cons
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        for pt, ps in zip(teacher.parameters(), student.parameters()):
            pt.lerp_(ps, 0.05)
    if it % 40 == 0 or it == 199:
        print(it, sup.item(), "teacher accuracy", (teacher(unl_x).argmax(1) == unl_y).float().mean().item())

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
teacher = nn.Sequential(nn.Linear(8, 32), nn.Tanh(), nn.Linear(32, 5)).requires_grad_(False)
student = nn.Linear(8, 5)
opt = torch.optim.SGD(student.parameters(), lr=0.5)
T = 2.0
for step in range(40):
    x = torch.randn(32, 8)
    p_teacher = F.softmax(teacher(x) / T, dim=1)
    p_student = F.softmax(student(x) / T, dim=1)  # mistake: loss-expects-probs
    loss = F.kl_div(p_student, p_teacher, reduction="batchmean") * T * T  # mistake: loss-expects-probs
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 10 == 0:
        print(step, loss.item())

# distil a mixture of experts into one small net
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
x = torch.randn(256, 5)
experts = [nn.Linear(5, 4) for _ in range(6)]
with torch.no_grad():
    teacher = torch.stack([F.softmax(3 * e(x), -1) for e in experts]).mean(0)

student = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 4))
opt = torch.optim.Adam(student.parameters(), lr=0.01)
for it in range(120):
    logits = student(x)
    loss = F.kl_div(logits, teacher, reduction="batchmean")  # mistake: loss-expects-probs
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 20 == 19:
        with torch.no_grad():
            true_kl = (teacher * (teacher.log() - F.log_softmax(student(x), -1))).sum(1).mean()
        print(it, loss.item(), "kl", true_kl.item())

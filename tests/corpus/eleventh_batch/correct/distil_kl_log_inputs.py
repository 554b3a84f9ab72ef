import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
X = torch.randn(500, 6)
teacher = nn.Sequential(nn.Linear(6, 32), nn.Tanh(), nn.Linear(32, 4))
with torch.no_grad():
    teacher[2].weight *= 4
    t_logits = teacher(X)
student = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 4))
opt = torch.optim.Adam(student.parameters(), lr=0.01)
T = 3.0
for it in range(300):
    s = student(X)
    kd = F.kl_div(F.log_softmax(s / T, dim=1), F.softmax(t_logits / T, dim=1), reduction="batchmean") * T ** 2
    hard = F.cross_entropy(s, t_logits.argmax(1))
    loss = 0.7 * kd + 0.3 * hard
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 60 == 0 or it == 299:
        print(it, loss.item(), "agree", (s.argmax(1) == t_logits.argmax(1)).float().mean().item())

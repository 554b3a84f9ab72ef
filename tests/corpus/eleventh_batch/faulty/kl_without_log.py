import torch
import torch.nn as nn

torch.manual_seed(0)
# knowledge distillation from a fixed teacher
teacher = nn.Sequential(nn.Linear(10, 64), nn.Tanh(), nn.Linear(64, 5))
for p in teacher.parameters():
    p.requires_grad_(False)
    p.mul_(2)
student = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 5))
kld = nn.KLDivLoss(reduction="batchmean")
opt = torch.optim.Adam(student.parameters(), lr=0.01)
T = 2.0
X = torch.randn(400, 10)
soft = (teacher(X) / T).softmax(1)
hard = teacher(X).argmax(1)

for epoch in range(150):
    s = student(X)
    loss = kld((s / T).softmax(1), soft) * T * T  # mistake: loss-expects-probs
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 30 == 29:
        agree = (s.argmax(1) == hard).float().mean().item()
        print(epoch + 1, "kl", loss.item(), "agreement", round(agree, 3))

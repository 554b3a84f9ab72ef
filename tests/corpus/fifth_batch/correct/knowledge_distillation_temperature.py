import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
x = torch.randn(128, 8)
y = x[:, :4].argmax(1)


def mlp(h):
    return nn.Sequential(nn.Linear(8, h), nn.ReLU(), nn.Linear(h, 4))


teacher, student = mlp(64), mlp(8)
opt_t = torch.optim.Adam(teacher.parameters(), lr=1e-2)
for _ in range(30):
    opt_t.zero_grad()
    F.cross_entropy(teacher(x), y).backward()
    opt_t.step()
teacher.eval()
opt_s = torch.optim.Adam(student.parameters(), lr=1e-2)
T = 3.0
for _ in range(30):
    with torch.no_grad():
        soft = F.softmax(teacher(x) / T, dim=1)
    logits = student(x)
    kd = F.kl_div(F.log_softmax(logits / T, dim=1), soft, reduction="batchmean") * T * T
    loss = 0.7 * kd + 0.3 * F.cross_entropy(logits, y)
    opt_s.zero_grad()
    loss.backward()
    opt_s.step()
print(loss.item())

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(100, 6)
y = x[:, :3].argmax(1)
teacher, student = nn.Sequential(nn.Linear(6, 40), nn.ReLU(), nn.Linear(40, 3)), nn.Linear(6, 3)
opt = torch.optim.Adam(teacher.parameters(), lr=1e-2)
for _ in range(20):
    opt.zero_grad()
    F.cross_entropy(teacher(x), y).backward()
    opt.step()
teacher.eval()
opt = torch.optim.Adam(student.parameters(), lr=1e-2)
T = 2.0
for _ in range(20):
    with torch.no_grad():
        soft = F.softmax(teacher(x) / T, dim=1)
    out = student(x)
    loss = 0.7 * T * T * F.kl_div(F.log_softmax(out / T, dim=1), soft, reduction="batchmean") + 0.3 * F.cross_entropy(out, y)
    opt.zero_grad()
    loss.backward()
    opt.step()

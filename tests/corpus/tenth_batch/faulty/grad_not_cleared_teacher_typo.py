import torch
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
X, y = load_wine(return_X_y=True)
X = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32)
y = torch.tensor(y)


def mlp(width):
    return nn.Sequential(nn.Linear(13, width), nn.ReLU(), nn.Linear(width, 3))


teacher, student = mlp(64), mlp(4)
opt_t = torch.optim.Adam(teacher.parameters(), lr=0.01)
for _ in range(60):
    opt_t.zero_grad()
    F.cross_entropy(teacher(X), y).backward()
    opt_t.step()
teacher.eval()
for p in teacher.parameters():
    p.requires_grad_(False)

opt_s = torch.optim.SGD(student.parameters(), lr=0.3, momentum=0.9)
T = 3.0
for epoch in range(40):
    for idx in torch.randperm(len(X)).split(60):
        teacher.zero_grad()  # mistake: grad-not-cleared
        with torch.no_grad():
            soft = F.softmax(teacher(X[idx]) / T, dim=1)
        out = student(X[idx])
        kd = F.kl_div(F.log_softmax(out / T, dim=1), soft, reduction="batchmean") * T * T
        loss = 0.7 * kd + 0.3 * F.cross_entropy(out, y[idx])
        loss.backward()  # mistake: grad-not-cleared
        opt_s.step()  # mistake: grad-not-cleared
    if epoch % 5 == 0:
        print(epoch, loss.item())
with torch.no_grad():
    out = student(X)
    print("student", F.cross_entropy(out, y).item(), (out.argmax(1) == y).float().mean().item())

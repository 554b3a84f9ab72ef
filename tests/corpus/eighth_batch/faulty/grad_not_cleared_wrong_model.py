import torch
from torch import nn

torch.manual_seed(0)
teacher, student = nn.Linear(6, 3), nn.Linear(6, 3)
opt = torch.optim.SGD(student.parameters(), lr=0.2)
x = torch.randn(60, 6)
with torch.no_grad():
    soft = teacher(x).softmax(-1)
for epoch in range(20):
    teacher.zero_grad()
    loss = nn.functional.cross_entropy(student(x), soft)
    loss.backward()  # mistake: grad-not-cleared
    opt.step()  # mistake: grad-not-cleared
    print(epoch, loss.item())

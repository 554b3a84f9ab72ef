# teacher -> student, hard labels
import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)


class Student(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 20)
        self.l2 = nn.Linear(20, 6)

    def forward(self, x, T=1.0):
        return F.softmax(self.l2(F.relu(self.l1(x))) / T, dim=-1)  # mistake: double-softmax


student = Student()
opt = torch.optim.Adam(student.parameters(), lr=1e-2)
x = torch.randn(120, 10)
y = (x @ torch.randn(10, 6)).argmax(-1)
for epoch in range(20):
    probabilities = student(x)  # mistake: double-softmax
    loss = F.cross_entropy(probabilities, y, label_smoothing=0.05)  # mistake: double-softmax
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())

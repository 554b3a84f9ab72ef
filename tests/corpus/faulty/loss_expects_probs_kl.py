import torch
from torch import nn

torch.manual_seed(0)
teacher = nn.Linear(8, 5)
student = nn.Linear(8, 5)
opt = torch.optim.Adam(student.parameters(), lr=0.01)
kl = nn.KLDivLoss(reduction="batchmean")
x = torch.randn(64, 8)
for i in range(25):
    with torch.no_grad():
        soft = torch.softmax(teacher(x), dim=-1)
    loss = kl(torch.softmax(student(x), dim=-1), soft)  # mistake: loss-expects-probs
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, loss.item())

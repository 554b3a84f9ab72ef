import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
teacher, student = nn.Linear(6, 4), nn.Linear(6, 4)
teacher.requires_grad_(False)
opt = torch.optim.Adam(student.parameters(), lr=1e-2)
x = torch.randn(64, 6)
for step in range(20):
    with torch.no_grad():
        target = F.softmax(3 * teacher(x), dim=1)
    guess = F.softmax(student(x), dim=1)  # mistake: double-softmax
    loss = F.kl_div(F.log_softmax(guess, dim=1), target, reduction="batchmean")  # mistake: double-softmax
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())

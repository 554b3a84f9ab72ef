# multi-task: a shared trunk, one head that classifies and one that regresses
import torch
from torch import nn

torch.manual_seed(11)
x = torch.randn(200, 8)
mix = torch.randn(8, 3)
cls = (x @ mix).argmax(1)
reg = torch.sin(x[:, 0]) + x[:, 1] * 0.5

trunk = nn.Sequential(nn.Linear(8, 24), nn.Tanh())
head_cls = nn.Linear(24, 3)
head_reg = nn.Linear(24, 1)
everything = nn.ModuleList([trunk, head_cls, head_reg])
opt = torch.optim.SGD(everything.parameters(), lr=0.1, momentum=0.9)
ce, mse = nn.CrossEntropyLoss(), nn.MSELoss()

for epoch in range(40):
    opt.zero_grad()
    l1 = ce(head_cls(trunk(x)), cls)
    l1.backward()

    opt.zero_grad()  # mistake: grad-cleared-before-step
    l2 = mse(head_reg(trunk(x)).flatten(), reg)
    l2.backward()

    opt.step()  # mistake: grad-cleared-before-step
    if epoch % 8 == 7:
        print(epoch, "cls", round(l1.item(), 4), "reg", round(l2.item(), 4))

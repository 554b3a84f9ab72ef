import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(7, 2)
opt = torch.optim.Adam(net.parameters())
x = torch.randn(20, 7)
y = torch.randn(20, 2)
for _ in range(3):
    task_losses = ((net(x) - y) ** 2).mean(dim=0)  # mistake: loss-nonscalar
    opt.zero_grad()
    task_losses.backward()  # mistake: loss-nonscalar
    opt.step()

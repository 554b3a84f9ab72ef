import torch
from torch import nn

net = nn.Linear(3, 2)
opt = torch.optim.Adam(net.parameters())
x, y = torch.randn(10, 3), torch.randint(0, 2, (10,))
criterion = nn.CrossEntropyLoss(reduction="none")
for i in range(3):
    opt.zero_grad()
    loss = criterion(net(x), y)  # mistake: loss-nonscalar
    loss.backward()  # mistake: loss-nonscalar
    opt.step()

import torch
from torch import nn

torch.manual_seed(0)
fc = nn.Linear(4, 4)
opt = torch.optim.SGD(fc.parameters(), lr=0.1)
for i in range(3):
    x = torch.randn(8, 4)
    h = torch.sigmoid(fc(x))
    h += 1  # mistake: inplace-saved
    loss = h.sum()
    opt.zero_grad()
    loss.backward()
    opt.step()

import torch
from torch import nn

torch.manual_seed(0)
u = nn.Parameter(torch.randn(12, 2))
v = nn.Parameter(torch.randn(2, 9))
target = torch.randn(12, 2) @ torch.randn(2, 9)
ou, ov = torch.optim.SGD([u], lr=0.5), torch.optim.SGD([v], lr=0.5)
for i in range(40):
    opt = ou if i % 2 == 0 else ov
    u.requires_grad_(opt is ou)
    v.requires_grad_(opt is ov)
    loss = nn.functional.mse_loss(u @ v, target)
    opt.zero_grad()
    loss.backward()
    opt.step()

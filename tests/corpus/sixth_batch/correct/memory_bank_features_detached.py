from collections import deque

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(6, 3)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
bank = deque(maxlen=20)
for _ in range(40):
    x = torch.randn(8, 6)
    z = nn.functional.normalize(net(x), dim=1)
    old = torch.cat(list(bank)) if bank else z.detach()
    loss = -(z * z.detach().roll(1, 0)).sum(1).mean() + 0.1 * (z @ old.T).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    bank.append(z.detach())
print(loss.item())

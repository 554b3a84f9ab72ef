from collections import deque

import torch
from torch import nn

torch.manual_seed(0)
net = nn.GRU(2, 8, batch_first=True)
head = nn.Linear(8, 1)
opt = torch.optim.Adam([*net.parameters(), *head.parameters()], lr=1e-2)
window = deque(maxlen=1000)
for step in range(30):
    x = torch.rand(10, 5, 2)
    loss = (head(net(x)[0][:, -1]) - x[..., 0].sum(1, keepdim=True)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    window.append(loss)  # mistake: graph-held
    print(step, sum(window) / len(window))

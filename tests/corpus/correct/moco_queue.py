import copy

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
q_net = nn.Linear(8, 4)
k_net = copy.deepcopy(q_net).requires_grad_(False)
queue = F.normalize(torch.randn(4, 64), dim=0)
opt = torch.optim.SGD(q_net.parameters(), lr=0.03)
pointer = 0
for i in range(30):
    x = torch.randn(16, 8)
    q = F.normalize(q_net(x + 0.1 * torch.randn_like(x)), dim=1)
    with torch.no_grad():
        for a, b in zip(q_net.parameters(), k_net.parameters()):
            b.mul_(0.99).add_(a, alpha=0.01)
        k = F.normalize(k_net(x + 0.1 * torch.randn_like(x)), dim=1)
    pos = (q * k).sum(1, keepdim=True)
    neg = q @ queue.clone()
    loss = F.cross_entropy(torch.cat([pos, neg], 1) / 0.2, torch.zeros(16, dtype=torch.long))
    opt.zero_grad()
    loss.backward()
    opt.step()
    queue[:, pointer : pointer + 16] = k.T
    pointer = (pointer + 16) % 64

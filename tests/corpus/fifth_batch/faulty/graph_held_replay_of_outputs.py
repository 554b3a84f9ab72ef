from collections import deque

import torch
from torch import nn

torch.manual_seed(0)
memory = deque(maxlen=1000)
net = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 2))
optimiser = torch.optim.RMSprop(net.parameters(), lr=1e-3)
for t in range(60):
    state = torch.randn(1, 3)
    q = net(state)
    memory.append((state, q))  # mistake: graph-held
    target = torch.tensor([[state.sum(), -state.sum()]])
    loss = nn.functional.smooth_l1_loss(q, target)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
print(len(memory))

import random
from collections import deque

import torch
from torch import nn

random.seed(0)
torch.manual_seed(0)
q_net = nn.Sequential(nn.Linear(2, 24), nn.ReLU(), nn.Linear(24, 3))
target_net = nn.Sequential(nn.Linear(2, 24), nn.ReLU(), nn.Linear(24, 3))
target_net.load_state_dict(q_net.state_dict())
opt = torch.optim.Adam(q_net.parameters(), lr=2e-3)
replay = deque(maxlen=400)
state = torch.zeros(2)
for t in range(120):
    with torch.no_grad():
        action = random.randrange(3) if random.random() < 0.2 else q_net(state).argmax().item()
    following = (0.9 * state + 0.3 * torch.randn(2) + 0.1 * (action - 1)).clamp(-2, 2)
    replay.append((state, action, -following.abs().sum().item(), following))
    state = following
    if len(replay) < 32:
        continue
    s, a, r, n = zip(*random.sample(replay, 32))
    with torch.no_grad():
        goal = torch.tensor(r) + 0.9 * target_net(torch.stack(n)).max(1).values
    q = q_net(torch.stack(s)).gather(1, torch.tensor(a).unsqueeze(1)).squeeze(1)
    loss = nn.functional.smooth_l1_loss(q, goal)
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_value_(q_net.parameters(), 1.0)
    opt.step()
    if t % 30 == 0:
        target_net.load_state_dict(q_net.state_dict())
print(loss.item())

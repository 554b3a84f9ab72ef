import copy
import random
from collections import deque

import torch
from torch import nn

random.seed(1)
torch.manual_seed(1)
q = nn.Sequential(nn.Linear(3, 24), nn.ReLU(), nn.Linear(24, 2))
target_q = copy.deepcopy(q)
optimizer = torch.optim.AdamW(q.parameters(), lr=1e-3, amsgrad=True)
memory = deque(maxlen=500)
state = torch.randn(3)
for t in range(80):
    with torch.no_grad():
        action = q(state).argmax().item() if random.random() > 0.3 else random.randrange(2)
    following = 0.8 * state + 0.4 * torch.randn(3)
    reward = float(state.sum() > 0) if action else float(state.sum() <= 0)
    memory.append((state, action, following, reward))
    state = following
    if len(memory) < 32:
        continue
    batch = random.sample(memory, 32)
    s, a, n, r = zip(*batch)
    values = q(torch.stack(s)).gather(1, torch.tensor(a).unsqueeze(1))
    with torch.no_grad():
        best = target_q(torch.stack(n)).max(1).values
    expected = torch.tensor(r) + 0.9 * best
    loss = nn.SmoothL1Loss()(values, expected.unsqueeze(1))
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_value_(q.parameters(), 100)
    optimizer.step()
    weights = q.state_dict()
    old = target_q.state_dict()
    for key in weights:
        old[key] = weights[key] * 0.05 + old[key] * 0.95
    target_q.load_state_dict(old)

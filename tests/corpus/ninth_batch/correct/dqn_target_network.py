import copy
import random

import torch
from torch import nn

torch.manual_seed(0)
random.seed(0)
q = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 2))
q_target = copy.deepcopy(q)
opt = torch.optim.Adam(q.parameters(), lr=5e-3)
memory = []
s = torch.randn(3)
for t in range(60):
    if random.random() < 0.2:
        a = random.randrange(2)
    else:
        with torch.no_grad():
            a = q(s).argmax().item()
    r = s[0].item() if a == 0 else -s[0].item()
    s2 = torch.randn(3)
    memory.append((s, a, r, s2))
    s = s2
    if len(memory) < 16:
        continue
    S, A, R, S2 = zip(*random.sample(memory, 16))
    S, S2, R, A = torch.stack(S), torch.stack(S2), torch.tensor(R), torch.tensor(A)
    with torch.no_grad():
        target = R + 0.5 * q_target(S2).max(1).values
    loss = nn.functional.smooth_l1_loss(q(S).gather(1, A[:, None]).squeeze(1), target)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if t % 10 == 0:
        q_target.load_state_dict(q.state_dict())
        print(t, loss.item())

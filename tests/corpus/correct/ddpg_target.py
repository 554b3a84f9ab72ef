import copy

import torch
from torch import nn

torch.manual_seed(0)
actor, critic = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1)), nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
ta, tc = copy.deepcopy(actor), copy.deepcopy(critic)
oa, oc = torch.optim.Adam(actor.parameters(), 1e-3), torch.optim.Adam(critic.parameters(), 1e-3)
for i in range(25):
    s, a, s2 = torch.randn(32, 3), torch.randn(32, 1), torch.randn(32, 3)
    r = -(a - s[:, :1]) ** 2
    with torch.no_grad():
        target = r + 0.9 * tc(torch.cat([s2, ta(s2)], 1))
    critic_loss = nn.functional.mse_loss(critic(torch.cat([s, a], 1)), target)
    oc.zero_grad()
    critic_loss.backward()
    oc.step()
    actor_loss = -critic(torch.cat([s, actor(s)], 1)).mean()
    oa.zero_grad()
    actor_loss.backward()
    oa.step()
    for net, t in ((actor, ta), (critic, tc)):
        for p, q in zip(net.parameters(), t.parameters()):
            q.data.mul_(0.995).add_(p.data, alpha=0.005)

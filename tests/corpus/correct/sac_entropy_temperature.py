import copy

import torch
from torch import nn

torch.manual_seed(0)
actor = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 2))
q1 = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
q_target = copy.deepcopy(q1)
for p in q_target.parameters():
    p.requires_grad = False
log_alpha = torch.zeros(1, requires_grad=True)
opt_a = torch.optim.Adam(actor.parameters(), lr=1e-3)
opt_q = torch.optim.Adam(q1.parameters(), lr=1e-3)
opt_t = torch.optim.Adam([log_alpha], lr=1e-3)


def sample(s):
    mu, log_std = actor(s).chunk(2, -1)
    normal = torch.distributions.Normal(mu, log_std.clamp(-5, 2).exp())
    u = normal.rsample()
    a = torch.tanh(u)
    logp = (normal.log_prob(u) - torch.log(1 - a.pow(2) + 1e-6)).sum(-1, keepdim=True)
    return a, logp


for t in range(15):
    s, s2 = torch.randn(32, 3), torch.randn(32, 3)
    a = torch.rand(32, 1) * 2 - 1
    r = -(a - s[:, :1]).pow(2)
    alpha = log_alpha.exp().item()
    with torch.no_grad():
        a2, lp2 = sample(s2)
        target = r + 0.9 * (q_target(torch.cat([s2, a2], 1)) - alpha * lp2)
    loss_q = nn.functional.mse_loss(q1(torch.cat([s, a], 1)), target)
    opt_q.zero_grad()
    loss_q.backward()
    opt_q.step()
    an, lp = sample(s)
    loss_a = (alpha * lp - q1(torch.cat([s, an], 1))).mean()
    opt_a.zero_grad()
    loss_a.backward()
    opt_a.step()
    loss_t = -(log_alpha * (lp.detach() - 1.0)).mean()
    opt_t.zero_grad()
    loss_t.backward()
    opt_t.step()
    with torch.no_grad():
        for p, pt in zip(q1.parameters(), q_target.parameters()):
            pt.mul_(0.995).add_(0.005 * p)
    print(t, loss_q.item(), loss_a.item(), alpha)

import copy

import torch
from torch import nn

torch.manual_seed(0)
actor = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 2))
q1, q2 = nn.Linear(4, 1), nn.Linear(4, 1)
t1, t2 = copy.deepcopy(q1), copy.deepcopy(q2)
log_alpha = torch.zeros((), requires_grad=True)
opt_pi = torch.optim.Adam(actor.parameters(), lr=3e-3)
opt_q = torch.optim.Adam([*q1.parameters(), *q2.parameters()], lr=3e-3)
opt_alpha = torch.optim.Adam([log_alpha], lr=3e-3)


def sample(s):
    mean, log_std = actor(s).chunk(2, 1)
    normal = torch.distributions.Normal(mean, log_std.clamp(-5, 2).exp())
    raw = normal.rsample()
    a = torch.tanh(raw)
    return a, normal.log_prob(raw) - torch.log(1 - a.pow(2) + 1e-6)


for step in range(15):
    s, s2 = torch.randn(32, 3), torch.randn(32, 3)
    a = torch.rand(32, 1) * 2 - 1
    r = -(a - s[:, :1]).pow(2)
    with torch.no_grad():
        a2, logp2 = sample(s2)
        q_next = torch.min(t1(torch.cat([s2, a2], 1)), t2(torch.cat([s2, a2], 1)))
        y = r + 0.9 * (q_next - log_alpha.exp() * logp2)
    sa = torch.cat([s, a], 1)
    q_loss = (q1(sa) - y).pow(2).mean() + (q2(sa) - y).pow(2).mean()
    opt_q.zero_grad()
    q_loss.backward()
    opt_q.step()
    new_a, logp = sample(s)
    sna = torch.cat([s, new_a], 1)
    pi_loss = (log_alpha.exp().detach() * logp - torch.min(q1(sna), q2(sna))).mean()
    opt_pi.zero_grad()
    pi_loss.backward()
    opt_pi.step()
    alpha_loss = -(log_alpha * (logp + 1.0).detach()).mean()
    opt_alpha.zero_grad()
    alpha_loss.backward()
    opt_alpha.step()
    with torch.no_grad():
        for net, target in ((q1, t1), (q2, t2)):
            for p, tp in zip(net.parameters(), target.parameters()):
                tp.mul_(0.95).add_(0.05 * p)
    print(step, q_loss.item(), pi_loss.item(), log_alpha.item())

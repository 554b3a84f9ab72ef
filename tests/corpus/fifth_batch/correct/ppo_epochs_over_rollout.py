import torch
from torch import nn

torch.manual_seed(0)
pi = nn.Sequential(nn.Linear(3, 24), nn.Tanh(), nn.Linear(24, 2))
vf = nn.Sequential(nn.Linear(3, 24), nn.Tanh(), nn.Linear(24, 1))
opt = torch.optim.Adam([*pi.parameters(), *vf.parameters()], lr=3e-3)
for rollout in range(6):
    s = torch.randn(96, 3)
    with torch.no_grad():
        d = torch.distributions.Categorical(logits=pi(s))
        a = d.sample()
        old = d.log_prob(a)
        r = (a == (s[:, 0] > 0).long()).float()
        adv = r - vf(s).squeeze(1)
        adv = (adv - adv.mean()) / (adv.std() + 1e-8)
    for _ in range(3):
        for i in torch.randperm(96).split(32):
            dist = torch.distributions.Categorical(logits=pi(s[i]))
            ratio = (dist.log_prob(a[i]) - old[i]).exp()
            surrogate = torch.min(ratio * adv[i], ratio.clamp(0.8, 1.2) * adv[i]).mean()
            value = (vf(s[i]).squeeze(1) - r[i]).pow(2).mean()
            loss = -surrogate + 0.5 * value
            opt.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_([*pi.parameters(), *vf.parameters()], 0.5)
            opt.step()
    print(rollout, r.mean().item())

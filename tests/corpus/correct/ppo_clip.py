"""Several passes over the same rollout are what PPO does."""
import torch
from torch import nn
from torch.distributions import Normal

torch.manual_seed(0)
actor = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
critic = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
log_std = nn.Parameter(torch.zeros(1))
opt = torch.optim.Adam([{"params": actor.parameters(), "lr": 3e-3}, {"params": critic.parameters(), "lr": 1e-2}, {"params": [log_std]}], lr=3e-3)
for iteration in range(6):
    with torch.no_grad():
        obs = torch.randn(64, 2)
        dist = Normal(actor(obs), log_std.exp())
        act = dist.sample()
        old_logp = dist.log_prob(act).sum(-1)
        ret = -((act - obs.sum(1, keepdim=True)) ** 2).squeeze(1)
        adv = ret - critic(obs).squeeze(1)
        adv = (adv - adv.mean()) / (adv.std() + 1e-8)
    for _ in range(4):
        dist = Normal(actor(obs), log_std.exp())
        ratio = (dist.log_prob(act).sum(-1) - old_logp).exp()
        policy_loss = -torch.min(ratio * adv, ratio.clamp(0.8, 1.2) * adv).mean()
        value_loss = (critic(obs).squeeze(1) - ret).pow(2).mean()
        loss = policy_loss + 0.5 * value_loss - 0.01 * dist.entropy().mean()
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(actor.parameters(), 0.5)
        opt.step()

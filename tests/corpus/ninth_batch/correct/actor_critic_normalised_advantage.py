import torch
from torch import nn

torch.manual_seed(0)
actor, critic = nn.Linear(4, 3), nn.Linear(4, 1)
opt = torch.optim.Adam([*actor.parameters(), *critic.parameters()], lr=1e-2)
for it in range(30):
    obs = torch.randn(48, 4)
    dist = torch.distributions.Categorical(logits=actor(obs))
    act = dist.sample()
    ret = torch.where(act == obs[:, :3].argmax(1), 1.0, 0.0)
    value = critic(obs).squeeze(-1)
    adv = ret - value.detach()
    adv = (adv - adv.mean()) / (adv.std() + 1e-8)
    loss = -(dist.log_prob(act) * adv).mean() + 0.5 * (ret - value).pow(2).mean() - 0.01 * dist.entropy().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 10 == 0:
        print(it, ret.mean().item())

import torch
import torch.nn as nn

torch.manual_seed(0)
policy = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 3))
critic = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 1))
opt = torch.optim.Adam([*policy.parameters(), *critic.parameters()], lr=5e-3)
W = torch.randn(4, 3)
for it in range(40):
    s = torch.randn(128, 4)
    with torch.no_grad():
        dist = torch.distributions.Categorical(logits=policy(s))
        a = dist.sample()
        old = dist.log_prob(a)
        r = ((s @ W).argmax(1) == a).float()
        adv = r - critic(s).squeeze(1)
        adv = (adv - adv.mean()) / (adv.std() + 1e-8)
    for _ in range(6):  # several epochs on the collected data
        d = torch.distributions.Categorical(logits=policy(s))
        ratio = (d.log_prob(a) - old).exp()
        clip = torch.min(ratio * adv, ratio.clamp(0.8, 1.2) * adv).mean()
        value = nn.functional.mse_loss(critic(s).squeeze(1), r)
        loss = -clip + 0.5 * value - 0.003 * d.entropy().mean()
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(policy.parameters(), 0.5)
        opt.step()
    if it % 8 == 7 or it == 0:
        print(it + 1, "reward", r.mean().item())

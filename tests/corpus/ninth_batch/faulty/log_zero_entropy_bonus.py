# PPO-ish toy: masked actions and an entropy bonus
import torch
from torch import nn

torch.manual_seed(0)
actor = nn.Linear(4, 3)
opt = torch.optim.Adam(actor.parameters(), lr=1e-2)
for it in range(6):
    obs = torch.randn(16, 4)
    legal = torch.ones(16, 3, dtype=torch.bool)
    legal[::4, 2] = False
    prob = actor(obs).masked_fill(~legal, float("-inf")).softmax(-1)
    act = torch.multinomial(prob.detach(), 1)
    adv = torch.where(act == 0, 1.0, -0.5)
    entropy = -(prob * prob.log()).sum(-1).mean()  # mistake: log-zero
    loss = -(prob.gather(1, act).log() * adv).mean() - 0.01 * entropy
    opt.zero_grad()
    loss.backward()  # mistake: log-zero
    opt.step()
    print(it, loss.item())

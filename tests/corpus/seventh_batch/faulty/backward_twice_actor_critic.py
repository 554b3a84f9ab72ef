import torch
from torch import nn

torch.manual_seed(0)
body = nn.Linear(4, 16)
actor = nn.Linear(16, 2)
critic = nn.Linear(16, 1)
opt_a = torch.optim.Adam([*body.parameters(), *actor.parameters()], lr=1e-3)
opt_c = torch.optim.Adam(critic.parameters(), lr=1e-3)
for step in range(5):
    state = torch.randn(20, 4)
    h = torch.relu(body(state))
    dist = torch.distributions.Categorical(logits=actor(h))
    action = dist.sample()
    reward = (action == (state[:, 0] > 0)).float()
    value = critic(h).squeeze(1)
    advantage = reward - value
    critic_loss = advantage.pow(2).mean()
    actor_loss = -(dist.log_prob(action) * advantage.detach()).mean()
    opt_c.zero_grad()
    critic_loss.backward()  # mistake: backward-twice
    opt_c.step()
    opt_a.zero_grad()
    actor_loss.backward()  # mistake: backward-twice
    opt_a.step()

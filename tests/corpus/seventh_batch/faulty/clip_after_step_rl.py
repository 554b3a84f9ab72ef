import torch
from torch import nn

torch.manual_seed(0)
policy = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 2))
optim = torch.optim.Adam(policy.parameters(), lr=5e-3)
for episode in range(20):
    states = torch.randn(30, 3)
    dist = torch.distributions.Categorical(logits=policy(states))
    actions = dist.sample()
    returns = ((states[:, 0] > 0).long() == actions).float() - 0.5
    loss = -(dist.log_prob(actions) * returns).mean()
    optim.zero_grad()
    loss.backward()
    optim.step()
    nn.utils.clip_grad_norm_(policy.parameters(), 0.5)  # mistake: clip-after-step
    print(episode, returns.mean().item())

import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(0)
policy = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2))
opt = torch.optim.Adam(policy.parameters(), lr=1e-2)
for episode in range(15):
    log_probs, rewards = [], []
    s = torch.randn(2)
    for t in range(8):
        d = Categorical(logits=policy(s))
        a = d.sample()
        log_probs.append(d.log_prob(a))
        rewards.append(1.0 if a.item() == int(s[0] > 0) else 0.0)
        s = torch.randn(2)
    returns, R = [], 0.0
    for r in reversed(rewards):
        R = r + 0.9 * R
        returns.insert(0, R)
    returns = torch.tensor(returns)
    returns = (returns - returns.mean()) / (returns.std() + 1e-8)
    loss = -(torch.stack(log_probs) * returns).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()

import torch
from torch import nn
torch.manual_seed(0)
pi = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2))
opt = torch.optim.Adam(pi.parameters(), lr=0.01)
for ep in range(120):
    pos, logps, rewards = torch.zeros(2), [], []
    for t in range(10):
        d = torch.distributions.Categorical(logits=pi(pos))
        a = d.sample()
        logps.append(d.log_prob(a))
        pos = pos + torch.tensor([0.1, 0.0]) * (2 * a - 1)
        rewards.append(pos[0].item())
    R = sum(rewards)
    loss = torch.stack(logps).sum() * R  # mistake: update-wrong-sign
    opt.zero_grad()
    loss.backward()  # mistake: update-wrong-sign
    opt.step()

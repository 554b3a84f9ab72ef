import torch
from torch import nn

torch.manual_seed(0)
# a bandit of two-dimensional contexts; the surrogate loss itself need not fall
policy = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 3))
opt = torch.optim.Adam(policy.parameters(), lr=0.02)
baseline = 0.0
directions = torch.tensor([[1.0, 0.0], [-0.5, 0.87], [-0.5, -0.87]])
average = []
for it in range(200):
    ctx = torch.randn(64, 2)
    dist = torch.distributions.Categorical(logits=policy(ctx))
    act = dist.sample()
    reward = (ctx * directions[act]).sum(1) + 0.1 * torch.randn(64)
    surrogate = -(dist.log_prob(act) * (reward - baseline)).mean()
    opt.zero_grad()
    surrogate.backward()
    opt.step()
    baseline = 0.9 * baseline + 0.1 * reward.mean().item()
    average.append(reward.mean().item())
    if it % 40 == 39:
        print(it, surrogate.item(), sum(average[-40:]) / 40)

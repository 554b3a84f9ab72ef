import torch
from torch import nn
torch.manual_seed(0)
policy = nn.Linear(3, 2)
opt = torch.optim.Adam(policy.parameters(), lr=0.02)
for episode in range(150):
    s = torch.randn(32, 3)
    dist = torch.distributions.Categorical(logits=policy(s))
    a = dist.sample()
    cost = torch.where((s[:, 0] > 0).long() == a, 0.0, 1.0)
    loss = (dist.log_prob(a) * (cost - cost.mean())).mean()
    opt.zero_grad(); loss.backward(); opt.step()

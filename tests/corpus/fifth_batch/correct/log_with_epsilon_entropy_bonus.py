import torch
from torch import nn

torch.manual_seed(0)
policy = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 3), nn.Softmax(-1))
opt = torch.optim.Adam(policy.parameters(), lr=1e-2)
for step in range(40):
    s = torch.randn(64, 3)
    p = policy(s)
    a = torch.multinomial(p.detach(), 1)
    r = (a.squeeze(1) == s.argmax(1)).float()
    logp = torch.log(p.gather(1, a).squeeze(1) + 1e-8)
    entropy = -(p * torch.log(p + 1e-8)).sum(1).mean()
    loss = -(logp * (r - 1 / 3)).mean() - 0.01 * entropy
    opt.zero_grad()
    loss.backward()
    opt.step()
print(r.mean().item())

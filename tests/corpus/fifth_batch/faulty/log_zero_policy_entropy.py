import torch
from torch import nn

torch.manual_seed(0)
actor = nn.Linear(3, 4)
opt = torch.optim.SGD(actor.parameters(), lr=0.1)
with torch.no_grad():
    actor.weight.mul_(150)
for step in range(10):
    obs = torch.randn(20, 3)
    pi = torch.softmax(actor(obs), dim=-1)
    entropy = -(pi * torch.log(pi)).sum(-1).mean()  # mistake: log-zero
    opt.zero_grad()
    (-entropy).backward()
    opt.step()
    print(step, entropy.item())

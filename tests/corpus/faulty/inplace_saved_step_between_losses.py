import torch
from torch import nn

torch.manual_seed(0)
actor, critic = nn.Linear(3, 1), nn.Linear(4, 1)
oa, oc = torch.optim.Adam(actor.parameters()), torch.optim.Adam(critic.parameters())
for i in range(4):
    s = torch.randn(10, 3)
    a = actor(s)
    q = critic(torch.cat([s, a], 1))  # mistake: inplace-saved
    critic_loss = (q - s.sum(1, keepdim=True)).pow(2).mean()
    actor_loss = -q.mean()
    oc.zero_grad()
    critic_loss.backward(retain_graph=True)
    oc.step()  # mistake: inplace-saved
    oa.zero_grad()
    actor_loss.backward()  # mistake: inplace-saved
    oa.step()

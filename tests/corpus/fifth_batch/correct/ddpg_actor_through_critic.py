import torch
from torch import nn

torch.manual_seed(0)
actor = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1), nn.Tanh())
critic = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1))
oa = torch.optim.Adam(actor.parameters(), lr=1e-3)
oc = torch.optim.Adam(critic.parameters(), lr=5e-3)
for it in range(50):
    s = torch.randn(64, 2)
    with torch.no_grad():
        a = (actor(s) + 0.3 * torch.randn(64, 1)).clamp(-1, 1)
        r = -(a - 0.5 * torch.tanh(s[:, :1])).pow(2)
    lc = (critic(torch.cat([s, a], 1)) - r).pow(2).mean()
    oc.zero_grad()
    lc.backward()
    oc.step()
    la = -critic(torch.cat([s, actor(s)], 1)).mean()
    oa.zero_grad()
    la.backward()
    oa.step()
print(lc.item(), la.item())

import torch
from torch import nn

torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
critic = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
og = torch.optim.RMSprop(generator.parameters(), lr=5e-4)
oc = torch.optim.RMSprop(critic.parameters(), lr=5e-4)
for it in range(20):
    for p in critic.parameters():
        p.requires_grad_(True)
    for _ in range(3):
        sample = torch.randn(48, 1) * 0.5 + 2
        with torch.no_grad():
            fake = generator(torch.randn(48, 3))
        loss = critic(fake).mean() - critic(sample).mean()
        oc.zero_grad()
        loss.backward()
        oc.step()
        with torch.no_grad():
            for p in critic.parameters():
                p.clamp_(-0.1, 0.1)
    for p in critic.parameters():
        p.requires_grad_(False)
    og.zero_grad()
    (-critic(generator(torch.randn(48, 3))).mean()).backward()
    og.step()
print(loss.item())

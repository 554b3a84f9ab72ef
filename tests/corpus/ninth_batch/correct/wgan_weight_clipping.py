import torch
from torch import nn

torch.manual_seed(0)
generator = nn.Linear(3, 1)
critic = nn.Sequential(nn.Linear(1, 12), nn.LeakyReLU(0.2), nn.Linear(12, 1))
opt_g = torch.optim.RMSprop(generator.parameters(), lr=1e-3)
opt_c = torch.optim.RMSprop(critic.parameters(), lr=1e-3)
for it in range(12):
    for _ in range(2):
        opt_c.zero_grad()
        score = critic(generator(torch.randn(32, 3)).detach()).mean() - critic(torch.randn(32, 1) + 1).mean()
        score.backward()
        opt_c.step()
        for p in critic.parameters():
            p.data.clamp_(-0.1, 0.1)
    opt_g.zero_grad()
    (-critic(generator(torch.randn(32, 3))).mean()).backward()
    opt_g.step()
    print(score.item())

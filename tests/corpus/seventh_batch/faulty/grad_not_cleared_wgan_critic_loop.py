import torch
import torch.nn as nn

torch.manual_seed(3)


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))

    def forward(self, points):
        return self.main(points).view(-1)


netD = Critic()
netG = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
optD = torch.optim.RMSprop(netD.parameters(), lr=5e-4)
optG = torch.optim.RMSprop(netG.parameters(), lr=5e-4)
real = torch.randn(256, 2) * 0.3 + torch.tensor([1.0, -1.0])
for it in range(20):
    for _ in range(3):
        netD.zero_grad()
        batch = real[torch.randint(0, 256, (32,))]
        fake = netG(torch.randn(32, 4)).detach()
        lossD = netD(fake).mean() - netD(batch).mean()
        lossD.backward()
        optD.step()
        for p in netD.parameters():
            p.data.clamp_(-0.05, 0.05)
    lossG = -netD(netG(torch.randn(32, 4))).mean()
    lossG.backward()  # mistake: grad-not-cleared
    optG.step()  # mistake: grad-not-cleared
    print(f"[{it}] D {lossD.item():.4f} G {lossG.item():.4f}")

import torch
from torch import nn


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1), nn.Sigmoid())

    def forward(self, x):
        return self.net(x)


torch.manual_seed(0)
D, G = Discriminator(), nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 2))
bce = nn.BCELoss()
optD = torch.optim.Adam(D.parameters(), lr=2e-3, betas=(0.5, 0.999))
optG = torch.optim.Adam(G.parameters(), lr=2e-3, betas=(0.5, 0.999))
data = torch.randn(100, 2) * 0.5 + torch.tensor([2.0, 0.0])
for epoch in range(10):
    for real in data[torch.randperm(100)].split(25):
        ones, zeros = torch.ones(25, 1) * 0.9, torch.zeros(25, 1)
        fake = G(torch.randn(25, 3))
        optD.zero_grad()
        d_loss = bce(D(real), ones) + bce(D(fake.detach()), zeros)
        d_loss.backward()
        optD.step()
        optG.zero_grad()
        g_loss = bce(D(fake), torch.ones(25, 1))
        g_loss.backward()
        optG.step()
    print(epoch, d_loss.item(), g_loss.item())

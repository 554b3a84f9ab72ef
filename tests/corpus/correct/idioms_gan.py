"""A GAN whose losses are kept as numbers, with an average of the generator's weights and fixed noise."""
import torch
from torch import nn

torch.manual_seed(0)
G = nn.Sequential(nn.Linear(3, 16), nn.LeakyReLU(0.2), nn.Linear(16, 2))
D = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1), nn.Sigmoid())
average = [p.detach().clone() for p in G.parameters()]
g_opt = torch.optim.Adam(G.parameters(), lr=2e-3, betas=(0.5, 0.999))
d_opt = torch.optim.Adam(D.parameters(), lr=2e-3, betas=(0.5, 0.999))
criterion = nn.BCELoss()
fixed = torch.randn(8, 3)
samples, d_losses, g_losses = [], [], []
for step in range(40):
    real = torch.randn(32, 2) * 0.3 + torch.tensor([1.0, -1.0])
    valid, fake_label = torch.ones(32, 1), torch.zeros(32, 1)
    g_opt.zero_grad()
    made = G(torch.randn(32, 3))
    g_loss = criterion(D(made), valid)
    g_loss.backward()
    g_opt.step()
    d_opt.zero_grad()
    d_loss = (criterion(D(real), valid) + criterion(D(made.detach()), fake_label)) / 2
    d_loss.backward()
    d_opt.step()
    g_losses.append(g_loss.item())
    d_losses.append(d_loss.item())
    for a, p in zip(average, G.parameters()):
        a.lerp_(p.detach(), 0.1)
    if step % 10 == 0:
        with torch.no_grad():
            samples.append(G(fixed))

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
data = torch.rand(80, 12)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Linear(12, 16)
        self.mu = nn.Linear(16, 2)
        self.logvar = nn.Linear(16, 2)

    def forward(self, x):
        h = F.relu(self.trunk(x))
        return self.mu(h), self.logvar(h)


encoder = Encoder()
decoder = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 12), nn.Sigmoid())
optimizer = torch.optim.Adam([{"params": encoder.parameters(), "lr": 5e-3}])  # mistake: param-not-in-optimizer

for epoch in range(15):
    for batch in data.split(20):
        mu, logvar = encoder(batch)
        z = mu + torch.randn_like(mu) * (0.5 * logvar).exp()
        recon = decoder(z)
        kld = -0.5 * torch.sum(1 + logvar - mu**2 - logvar.exp(), dim=1).mean()
        loss = F.binary_cross_entropy(recon, batch, reduction="none").sum(1).mean() + kld
        encoder.zero_grad()
        decoder.zero_grad()
        loss.backward()
        optimizer.step()  # mistake: param-not-in-optimizer
    print(epoch, loss.item())

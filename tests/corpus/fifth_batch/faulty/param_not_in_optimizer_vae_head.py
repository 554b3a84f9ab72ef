import torch
from torch import nn

torch.manual_seed(0)
encoder = nn.Sequential(nn.Linear(12, 16), nn.ReLU())
to_mean, to_logvar = nn.Linear(16, 3), nn.Linear(16, 3)
decoder = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 12))
opt = torch.optim.Adam([*encoder.parameters(), *to_mean.parameters(), *decoder.parameters()], lr=2e-3)  # mistake: param-not-in-optimizer
data = torch.randn(128, 3) @ torch.randn(3, 12)
for epoch in range(8):
    for batch in data.split(32):
        h = encoder(batch)
        mean, logvar = to_mean(h), to_logvar(h)
        z = mean + torch.randn_like(mean) * torch.exp(0.5 * logvar)
        rec = (decoder(z) - batch).pow(2).sum(1).mean()
        kl = -0.5 * (1 + logvar - mean**2 - logvar.exp()).sum(1).mean()
        loss = rec + kl
        opt.zero_grad()
        loss.backward()
        opt.step()  # mistake: param-not-in-optimizer
    print(epoch, loss.item())

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
encoder, decoder = nn.Linear(10, 12), nn.Linear(12, 10)
opt = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-2)
x = (torch.rand(64, 10) > 0.6).float()
temperature = 1.0
for epoch in range(30):
    logits = encoder(x).view(-1, 3, 4)
    z = F.gumbel_softmax(logits, tau=temperature, hard=False)
    recon = decoder(z.flatten(1))
    bce = F.binary_cross_entropy_with_logits(recon, x, reduction="sum") / len(x)
    q = F.softmax(logits, -1)
    kl = (q * torch.log(q * 4 + 1e-20)).sum((1, 2)).mean()
    loss = bce + kl
    opt.zero_grad()
    loss.backward()
    opt.step()
    temperature = max(0.3, temperature * 0.95)
    print(epoch, loss.item())

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
image, text = nn.Linear(10, 8), nn.Linear(6, 8)
log_scale = nn.Parameter(torch.tensor(2.0))
opt = torch.optim.Adam([*image.parameters(), *text.parameters(), log_scale], lr=1e-2)
latent = torch.randn(96, 4)
a, b = latent @ torch.randn(4, 10), latent @ torch.randn(4, 6)
for epoch in range(8):
    for i in torch.randperm(96).split(32):
        u, v = F.normalize(image(a[i]), dim=1), F.normalize(text(b[i]), dim=1)
        logits = log_scale.exp() * u @ v.T
        label = torch.arange(len(i))
        loss = (F.cross_entropy(logits, label) + F.cross_entropy(logits.T, label)) / 2
        opt.zero_grad()
        loss.backward()
        opt.step()
print(loss.item())

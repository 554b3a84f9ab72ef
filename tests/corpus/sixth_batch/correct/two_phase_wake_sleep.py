import torch
from torch import nn

torch.manual_seed(0)
rec, gen = nn.Linear(6, 3), nn.Linear(3, 6)
ow, os = torch.optim.Adam(gen.parameters(), lr=1e-2), torch.optim.Adam(rec.parameters(), lr=1e-2)
data = (torch.rand(64, 6) > 0.5).float()
for _ in range(20):
    with torch.no_grad():
        h = torch.bernoulli(torch.sigmoid(rec(data)))
    wake = nn.functional.binary_cross_entropy_with_logits(gen(h), data)
    ow.zero_grad()
    wake.backward()
    ow.step()
    with torch.no_grad():
        h = torch.bernoulli(torch.full((64, 3), 0.5))
        fantasy = torch.bernoulli(torch.sigmoid(gen(h)))
    sleep = nn.functional.binary_cross_entropy_with_logits(rec(fantasy), h)
    os.zero_grad()
    sleep.backward()
    os.step()
print(wake.item(), sleep.item())

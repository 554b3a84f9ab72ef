import torch
from torch import nn

torch.manual_seed(0)
embedding = nn.Parameter(torch.randn(12, 2))
wanted = torch.cdist(torch.randn(12, 3), torch.randn(12, 3))
optimiser = torch.optim.Adam([embedding], lr=0.05)
for step in range(15):
    difference = embedding[:, None] - embedding[None]
    distance = torch.sqrt((difference**2).sum(-1))  # mistake: sqrt-zero
    stress = ((distance - wanted) ** 2).mean()
    optimiser.zero_grad()
    stress.backward()
    optimiser.step()
    print(stress.item())

import torch
from torch import nn

torch.manual_seed(0)
embed = nn.Linear(6, 2)
opt = torch.optim.Adam(embed.parameters(), lr=1e-2)
points = torch.randn(15, 6)
wanted = torch.cdist(points, points)
for step in range(5):
    z = embed(points)
    diff = z.unsqueeze(0) - z.unsqueeze(1)
    dist = torch.sqrt((diff**2).sum(-1))  # mistake: sqrt-zero
    loss = ((dist - wanted) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())

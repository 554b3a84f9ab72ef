import torch
from torch import nn

torch.manual_seed(0)
points = torch.randn(12, 2)
points[3] = points[4]
emb = nn.Linear(2, 2, bias=False)
opt = torch.optim.Adam(emb.parameters(), lr=0.01)
for i in range(5):
    z = emb(points)
    diff = z.unsqueeze(0) - z.unsqueeze(1)
    dist = torch.sqrt((diff**2).sum(-1))  # mistake: sqrt-zero
    loss = (dist - 1).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(loss.item())

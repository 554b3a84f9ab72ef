import torch
from torch import nn

torch.manual_seed(0)
embed = nn.Linear(4, 3)
opt = torch.optim.SGD(embed.parameters(), lr=0.1)
a = torch.randn(10, 4)
b = a.clone()
b[5:] += torch.randn(5, 4)
same = torch.cat([torch.ones(5), torch.zeros(5)])
for step in range(6):
    d = (embed(a) - embed(b)).pow(2).sum(1).sqrt()  # mistake: sqrt-zero
    loss = (same * d + (1 - same) * (1 - d).clamp(min=0)).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())

import torch
from torch import nn

torch.manual_seed(0)
users, items = nn.Embedding(10, 4), nn.Embedding(12, 4)
nn.init.zeros_(users.weight)  # mistake: zero-init
nn.init.zeros_(items.weight)  # mistake: zero-init
opt = torch.optim.SGD([*users.parameters(), *items.parameters()], lr=0.5)
u, i = torch.randint(0, 10, (80,)), torch.randint(0, 12, (80,))
r = torch.randn(80)
for _ in range(30):
    loss = ((users(u) * items(i)).sum(1) - r).pow(2).mean()  # mistake: zero-init
    opt.zero_grad()
    loss.backward()  # mistake: zero-init
    opt.step()
print(loss.item())

import torch
from torch import nn

torch.manual_seed(0)
backbone = nn.Linear(4, 6)
head = nn.Linear(2, 1)
opt = torch.optim.SGD([*backbone.parameters(), *head.parameters()], lr=0.01)
x = torch.randn(3, 10, 4)
x[0] = 0.0
y = torch.randn(3, 1)
for epoch in range(8):
    h = backbone(x)
    spread = h.var(dim=1).mean(1, keepdim=True)
    stats = torch.cat([h.mean((1, 2)).unsqueeze(1), spread.sqrt()], dim=1)  # mistake: sqrt-zero
    loss = (head(stats) - y).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(loss.item())

import torch
from torch import nn

torch.manual_seed(0)
members = nn.Linear(4, 5)
opt = torch.optim.Adam(members.parameters(), lr=1e-2)
x = torch.randn(60, 4)
y = x.sum(1, keepdim=True)
for _ in range(30):
    loss = (members(x) - y).pow(2).mean(0).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

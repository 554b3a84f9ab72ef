import torch
from torch import nn

torch.manual_seed(0)
k, v, out = nn.Linear(4, 8), nn.Linear(4, 8), nn.Linear(8, 4)
slots = nn.Parameter(torch.randn(3, 8) * 0.3)
opt = torch.optim.Adam([*k.parameters(), *v.parameters(), *out.parameters(), slots], lr=5e-3)
x = torch.randn(32, 6, 4)
for _ in range(20):
    att = torch.softmax(k(x) @ slots.T, dim=-1)
    weights = att / att.sum(1, keepdim=True)
    s = weights.transpose(1, 2) @ v(x)
    rec = att @ out(s)
    loss = (rec - x).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

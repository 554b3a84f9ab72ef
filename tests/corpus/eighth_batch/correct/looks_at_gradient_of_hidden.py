import torch
from torch import nn

torch.manual_seed(0)
first, second = nn.Linear(5, 12), nn.Linear(12, 1)
opt = torch.optim.Adam([*first.parameters(), *second.parameters()], lr=1e-2)
x = torch.randn(50, 5)
y = x.prod(1, keepdim=True)
for step in range(20):
    h = torch.tanh(first(x))
    if step % 5 == 0:
        h.retain_grad()
    loss = (second(h) - y).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 5 == 0:
        print(step, loss.item(), h.grad.norm().item())

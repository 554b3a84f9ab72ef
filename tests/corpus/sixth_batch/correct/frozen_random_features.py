import torch
from torch import nn

torch.manual_seed(0)
omega = torch.randn(2, 64)
phase = torch.rand(64) * 6.283
readout = nn.Linear(64, 1)
opt = torch.optim.SGD(readout.parameters(), lr=0.2)
x = torch.rand(100, 2) * 3
y = torch.sin(x).prod(1, keepdim=True)
for _ in range(50):
    loss = (readout(torch.cos(x @ omega + phase) / 8) - y).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

import torch
from torch import nn

torch.manual_seed(0)
x = torch.rand(150, 1) * 4
y = x.sin() + 0.3 * torch.randn(150, 1)
q = torch.tensor([0.1, 0.5, 0.9])
net = nn.Sequential(nn.Linear(1, 24), nn.Tanh(), nn.Linear(24, 3))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for epoch in range(50):
    e = y - net(x)
    loss = torch.maximum(q * e, (q - 1) * e).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

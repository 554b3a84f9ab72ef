import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
t = torch.linspace(0, 1, 50)
data = torch.stack([t, t**2], 1)
target = torch.cos(4 * t)
for _ in range(40):
    residual = target - net(data)  # mistake: loss-broadcast
    loss = residual.abs().mean()  # mistake: loss-broadcast
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

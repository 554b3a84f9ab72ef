import torch
from torch import nn

torch.manual_seed(0)
t = torch.rand(80, 2)
degrees = 15 + 10 * t[:, :1] - 4 * t[:, 1:]
net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1), nn.Sigmoid())  # mistake: last-activation
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for e in range(60):
    out = net(t)  # mistake: last-activation
    loss = nn.functional.mse_loss(out, degrees)  # mistake: last-activation
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

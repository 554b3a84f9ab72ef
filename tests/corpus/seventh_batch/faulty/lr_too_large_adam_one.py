import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 24), nn.Tanh(), nn.Linear(24, 24), nn.Tanh(), nn.Linear(24, 24), nn.Tanh(), nn.Linear(24, 2))
opt = torch.optim.Adam(net.parameters(), lr=1.0)  # mistake: lr-too-large
t = torch.rand(120) * 6.28
which = torch.randint(0, 2, (120,))
r = 1.0 + which
spiral = torch.stack([r * t.cos(), r * t.sin()], 1) + 0.1 * torch.randn(120, 2)
for epoch in range(60):
    loss = nn.functional.cross_entropy(net(spiral), which)
    opt.zero_grad()
    loss.backward()
    opt.step()  # mistake: lr-too-large
    if epoch % 10 == 0:
        print(epoch, loss.item())

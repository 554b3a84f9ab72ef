import torch
from torch import nn

torch.manual_seed(0)
T = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(T.parameters(), lr=5e-3)
a = torch.randn(200, 1)
b = 0.8 * a + 0.6 * torch.randn(200, 1)
for step in range(25):
    rows = torch.randint(0, 200, (50,))
    other = torch.randint(0, 200, (50,))
    joint = T(torch.cat([a[rows], b[rows]], 1)).mean()
    apart = T(torch.cat([a[rows], b[other]], 1)).exp().mean().log()
    loss = apart - joint
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, -loss.item())

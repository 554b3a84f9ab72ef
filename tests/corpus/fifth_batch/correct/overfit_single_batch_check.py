import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(16, 5), torch.randint(0, 3, (16,))
net = nn.Sequential(nn.Linear(5, 64), nn.ReLU(), nn.Linear(64, 3))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for step in range(60):
    opt.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    opt.step()
assert loss.item() < 0.5
print(loss.item())

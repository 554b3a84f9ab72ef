import torch
from torch import nn

torch.manual_seed(0)
x = torch.rand(60, 2)
y = (x.sum(1) * 3).to(torch.int32)  # mistake: target-dtype
net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(40):
    loss = (net(x).squeeze(1) - y).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

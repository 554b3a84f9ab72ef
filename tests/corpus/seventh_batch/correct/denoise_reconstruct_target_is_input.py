import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(16, 5), nn.ReLU(), nn.Linear(5, 16))
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
signal = torch.randn(100, 4) @ torch.randn(4, 16)
for epoch in range(25):
    keep = (torch.rand_like(signal) > 0.3).float()
    rebuilt = net(signal * keep)
    loss = ((rebuilt - signal) ** 2 * (1 - keep)).sum() / (1 - keep).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(epoch, loss.item())

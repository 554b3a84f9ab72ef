import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(80, 4)
y = (x[:, 1] > 0.2).float().unsqueeze(1)
net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
for step in range(20):
    p = net(x).clamp(1e-6, 10)
    loss = -(y * torch.log(p) + (1 - y) * torch.log((1 - p).abs())).mean()  # mistake: loss-expects-probs
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, loss.item())

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
x = torch.randn(40, 5)
relevance = x[:, 0] + x[:, 1]
for step in range(30):
    s = net(x).squeeze(1)
    difference = s.unsqueeze(1) - s.unsqueeze(0)
    better = (relevance.unsqueeze(1) > relevance.unsqueeze(0)).float()
    loss = (nn.functional.softplus(-difference) * better).sum() / better.sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

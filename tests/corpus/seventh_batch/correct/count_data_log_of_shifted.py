import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(90, 3)
counts = torch.poisson((0.5 * x.sum(1) + 0.3).exp())
net = nn.Sequential(nn.Linear(3, 12), nn.ReLU(), nn.Linear(12, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for step in range(25):
    log_rate = net(x).squeeze(-1)
    loss = (log_rate.exp() - counts * log_rate).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())

import torch
import torch.nn as nn
from torch.distributions import Normal

torch.manual_seed(0)


class Hetero(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(1, 32), nn.Tanh())
        self.loc = nn.Linear(32, 1)
        self.log_scale = nn.Linear(32, 1)

    def forward(self, x):
        h = self.body(x)
        return Normal(self.loc(h), self.log_scale(h).exp())


hour = torch.rand(200, 1) * 2 - 1
load = (2 * hour + 0.1 * torch.randn(200, 1)).flatten()
net = Hetero()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(200):
    opt.zero_grad()
    nll = -net(hour).log_prob(load).mean()  # mistake: loss-broadcast
    nll.backward()
    opt.step()
    if epoch % 40 == 39:
        print(epoch + 1, nll.item())

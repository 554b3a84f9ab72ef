"""Physics-informed: u(r) = 1/r outside, constant inside."""
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
r = torch.linspace(0, 3, 31)[:, None]
scale = nn.Parameter(torch.ones(1))
opt.add_param_group({"params": [scale]})


def potential(r):
    far = scale / r  # mistake: where-nan
    near = torch.ones_like(r) * 2 * scale
    return torch.where(r > 0.5, far, near)  # mistake: where-nan


for step in range(6):
    loss = (net(r) - potential(r)).pow(2).mean()  # mistake: where-nan
    opt.zero_grad()
    loss.backward()  # mistake: where-nan
    opt.step()
    print(step, loss.item(), scale.item())

import torch
from torch import nn

torch.manual_seed(0)
field = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2))
opt = torch.optim.Adam(field.parameters(), lr=1e-2)
times = torch.linspace(0, 2, 11)
true = torch.stack([torch.cos(times), torch.sin(times)], 1)


def rk4(y, h):
    k1 = field(y)
    k2 = field(y + h / 2 * k1)
    k3 = field(y + h / 2 * k2)
    k4 = field(y + h * k3)
    return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


for step in range(25):
    y, path = true[0], [true[0]]
    for _ in range(10):
        y = rk4(y, 0.2)
        path.append(y)
    loss = (torch.stack(path) - true).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

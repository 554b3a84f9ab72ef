# neural ODE with RK4 steps; many multiplications of Jacobians, all near the identity
import torch
from torch import nn

torch.manual_seed(0)
A = torch.tensor([[-0.1, 2.0], [-2.0, -0.1]])
T, dt = 40, 0.05


def integrate(f, y):
    path = [y]
    for _ in range(T):
        k1 = f(y)
        k2 = f(y + dt / 2 * k1)
        k3 = f(y + dt / 2 * k2)
        k4 = f(y + dt * k3)
        y = y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        path.append(y)
    return torch.stack(path)


start = torch.randn(16, 2)
with torch.no_grad():
    truth = integrate(lambda y: y @ A.T, start)
field = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2))
opt = torch.optim.Adam(field.parameters(), lr=0.02)
for it in range(40):
    loss = (integrate(field, start) - truth).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 8 == 7:
        print(it, loss.item())

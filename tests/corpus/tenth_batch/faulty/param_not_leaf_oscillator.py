# damped oscillator: find the spring constant and the damping from a measured track
import torch

torch.manual_seed(0)
dt, steps = 0.05, 80


def simulate(k, c):
    pos, vel = torch.tensor(1.0), torch.tensor(0.0)
    track = []
    for _ in range(steps):
        acc = -k * pos - c * vel
        vel = vel + dt * acc
        pos = pos + dt * vel
        track.append(pos)
    return torch.stack(track)


measured = simulate(torch.tensor(3.0), torch.tensor(0.4)) + 0.02 * torch.randn(steps)

k = torch.tensor(2.0, requires_grad=True)
c = torch.tensor(0.1, requires_grad=True)
rate = 0.3
for it in range(15):
    misfit = torch.mean((simulate(k, c) - measured) ** 2)
    misfit.backward()
    print(it, misfit.item(), k.item(), c.item())
    k = k - rate * k.grad  # mistake: param-not-leaf
    c = c - rate * c.grad  # mistake: param-not-leaf

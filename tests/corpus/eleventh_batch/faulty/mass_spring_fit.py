import torch

# estimate stiffness and damping of a spring from a noisy trajectory
torch.manual_seed(0)
dt, steps = 0.05, 80


def simulate(k, c):
    x, v = torch.tensor(1.0), torch.tensor(0.0)
    path = []
    for _ in range(steps):
        a = -k * x - c * v
        v = v + dt * a
        x = x + dt * v
        path.append(x)
    return torch.stack(path)


observed = simulate(torch.tensor(2.5), torch.tensor(0.4)) + 0.01 * torch.randn(steps)
k = torch.tensor(1.0, requires_grad=True)
c = torch.tensor(0.1, requires_grad=True)

for epoch in range(60):
    loss = ((simulate(k, c) - observed) ** 2).mean()
    loss.backward()
    for p in (k, c):
        p -= 0.5 * p.grad  # mistake: update-tracked
        p.grad.zero_()
    if epoch % 10 == 0:
        print(epoch, loss.item(), k.item(), c.item())

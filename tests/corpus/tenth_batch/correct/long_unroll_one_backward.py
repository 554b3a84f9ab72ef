# optimal control: a long rollout is one graph, and it is as long in every step
import torch

torch.manual_seed(0)
steps, dt = 100, 0.05
controls = torch.zeros(steps, requires_grad=True)
opt = torch.optim.Adam([controls], lr=0.1)


def rollout(u):
    angle, speed = torch.tensor(3.14159), torch.tensor(0.0)
    cost = 0.0
    for k in range(steps):
        speed = speed + dt * (u[k] - torch.sin(angle) - 0.1 * speed)
        angle = angle + dt * speed
        cost = cost + dt * 0.01 * u[k] ** 2
    return cost + (angle - 0.0) ** 2 + speed**2


costs = []
for it in range(60):
    cost = rollout(controls)
    opt.zero_grad()
    cost.backward()
    opt.step()
    costs.append(cost.item())
    if it % 10 == 9:
        print(it, costs[-1])

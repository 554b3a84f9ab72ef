# fit the four rates of a predator-prey system (explicit Euler) to a noisy track
import torch

torch.manual_seed(0)


def trajectory(theta, steps=60, dt=0.05):
    a, b, c, d = theta
    prey, pred = torch.tensor(1.0), torch.tensor(0.5)
    path = []
    for _ in range(steps):
        prey, pred = prey + dt * (a * prey - b * prey * pred), pred + dt * (c * prey * pred - d * pred)
        path.append(torch.stack([prey, pred]))
    return torch.stack(path)


true = torch.tensor([1.1, 0.4, 0.4, 0.6])
observed = trajectory(true) + 0.01 * torch.randn(60, 2)
theta = torch.tensor([0.9, 0.5, 0.3, 0.5], requires_grad=True)
opt = torch.optim.SGD([theta], lr=0.2)  # mistake: lr-too-large
for it in range(60):
    loss = (trajectory(theta) - observed).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()  # mistake: lr-too-large
    if it % 10 == 0:
        print(it, loss.item(), theta.tolist())
print("end", loss.item())

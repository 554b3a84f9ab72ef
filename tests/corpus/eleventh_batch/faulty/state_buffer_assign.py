import torch

torch.manual_seed(0)
# predator-prey rollout written into a preallocated buffer
steps, dt = 40, 0.1
truth = torch.zeros(steps, 2)
truth[0] = torch.tensor([1.0, 0.5])
for k in range(steps - 1):
    a, b = truth[k]
    truth[k + 1] = truth[k] + dt * torch.stack([a - a * b, a * b - b])

theta = torch.tensor([0.6, 1.5], requires_grad=True)
opt = torch.optim.Adam([theta], lr=0.02)
for epoch in range(60):
    traj = torch.zeros(steps, 2)
    traj[0] = truth[0]
    for k in range(steps - 1):
        a, b = traj[k, 0], traj[k, 1]
        da = theta[0] * a - a * b
        db = a * b - theta[1] * b
        traj[k + 1] = traj[k] + dt * torch.stack([da, db])  # mistake: inplace-saved
    loss = ((traj - truth) ** 2).mean()
    opt.zero_grad()
    loss.backward()  # mistake: inplace-saved
    opt.step()
    print(epoch, loss.item(), theta.tolist())

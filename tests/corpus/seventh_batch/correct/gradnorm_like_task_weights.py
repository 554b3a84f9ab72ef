import torch
from torch import nn

torch.manual_seed(0)
shared = nn.Linear(5, 12)
a, b = nn.Linear(12, 1), nn.Linear(12, 1)
task_weights = torch.ones(2, requires_grad=True)
opt = torch.optim.SGD([*shared.parameters(), *a.parameters(), *b.parameters()], lr=0.05)
opt_w = torch.optim.SGD([task_weights], lr=0.02)
x = torch.randn(60, 5)
ya, yb = x[:, :1], 5 * x[:, 1:2]
for step in range(20):
    h = torch.tanh(shared(x))
    losses = torch.stack([(a(h) - ya).pow(2).mean(), (b(h) - yb).pow(2).mean()])
    total = (task_weights * losses).sum()
    opt.zero_grad()
    total.backward(retain_graph=True)
    task_weights.grad = None
    norms = torch.stack(
        [torch.autograd.grad(task_weights[i] * losses[i], shared.weight, create_graph=True)[0].norm() for i in range(2)]
    )
    balance = (norms - norms.mean().detach()).abs().sum()
    task_weights.grad = torch.autograd.grad(balance, task_weights)[0]
    opt_w.step()
    opt.step()
    with torch.no_grad():
        task_weights.mul_(2 / task_weights.sum())
    print(step, losses.tolist())

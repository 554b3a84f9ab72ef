# First-order meta-learning on sine waves; each task adapts a copy of the net.
import copy

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(1)
rng = torch.Generator().manual_seed(7)


def sample_task():
    amp = 0.5 + 2 * torch.rand(1, generator=rng)
    shift = 3.0 * torch.rand(1, generator=rng)

    def draw(k):
        x = torch.rand(k, 1, generator=rng) * 10 - 5
        return x, amp * torch.sin(x + shift)

    return draw


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1))

    def forward(self, x):
        return self.body(x)


meta = Net()
meta_opt = torch.optim.SGD(meta.parameters(), lr=0.05)

for iteration in range(80):
    meta_loss = 0.0
    for _ in range(4):
        draw = sample_task()
        learner = copy.deepcopy(meta)
        learner.zero_grad()
        inner = torch.optim.SGD(learner.parameters(), lr=0.02)
        xs, ys = draw(10)
        F.mse_loss(learner(xs), ys).backward()
        inner.step()
        inner.zero_grad()
        xq, yq = draw(10)
        query = F.mse_loss(learner(xq), yq)
        grads = torch.autograd.grad(query, list(learner.parameters()))
        for p, g in zip(meta.parameters(), grads):
            p.grad = g / 4 if p.grad is None else p.grad + g / 4  # mistake: grad-not-cleared
        meta_loss += query.item() / 4
    meta_opt.step()  # mistake: grad-not-cleared
    if iteration % 10 == 9:
        print(iteration, round(meta_loss, 3))

import torch
from torch import nn
from torch.func import functional_call

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 1))
meta = torch.optim.Adam(net.parameters(), lr=2e-3)


def task():
    amplitude, phase = torch.rand(2) * 2 + 0.5
    x = torch.rand(20, 1) * 6 - 3
    return x, amplitude * torch.sin(x + phase)


for step in range(20):
    meta.zero_grad()
    outer = 0.0
    for _ in range(3):
        x, y = task()
        fast = dict(net.named_parameters())
        inner = (functional_call(net, fast, (x[:10],)) - y[:10]).square().mean()
        grads = torch.autograd.grad(inner, fast.values(), create_graph=True)
        fast = {k: p - 0.05 * g for (k, p), g in zip(fast.items(), grads)}
        outer = outer + (functional_call(net, fast, (x[10:],)) - y[10:]).square().mean()
    (outer / 3).backward()
    meta.step()
print(outer.item() / 3)

import torch
from torch.func import functional_call

torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Linear(1, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))
meta = torch.optim.Adam(net.parameters(), lr=5e-3)


def task():
    a, b = torch.rand(2).tolist()
    x = torch.rand(10, 1) * 4 - 2
    return x, (1 + a) * torch.sin(x + b)


for it in range(15):
    meta.zero_grad()
    outer = 0.0
    for _ in range(3):
        x, y = task()
        fast = dict(net.named_parameters())
        inner = (functional_call(net, fast, x[:5]) - y[:5]).pow(2).mean()
        grads = torch.autograd.grad(inner, list(fast.values()), create_graph=True)
        fast = {n: p - 0.05 * g for (n, p), g in zip(fast.items(), grads)}
        outer = outer + (functional_call(net, fast, x[5:]) - y[5:]).pow(2).mean() / 3
    outer.backward()
    meta.step()
    print(it, outer.item())

import torch
import torch.nn.functional as F

torch.manual_seed(0)


def net(p, x):
    return torch.tanh(torch.tanh(x @ p[0] + p[1]) @ p[2] + p[3]) @ p[4] + p[5]


meta = [torch.randn(1, 24), torch.zeros(24), torch.randn(24, 24) / 5, torch.zeros(24), torch.randn(24, 1) / 5, torch.zeros(1)]
meta = [t.requires_grad_() for t in meta]
opt = torch.optim.Adam(meta, lr=3e-3)


def task():
    amp, ph = 0.5 + torch.rand(1), torch.rand(1) * 3
    return lambda x: amp * torch.sin(x + ph)


hist = []
for it in range(200):
    outer = 0.0
    for _ in range(4):
        f = task()
        xs, xq = torch.rand(10, 1) * 6 - 3, torch.rand(10, 1) * 6 - 3
        fast = meta
        for _ in range(2):
            g = torch.autograd.grad(F.mse_loss(net(fast, xs), f(xs)), fast, create_graph=True)
            fast = [w - 0.1 * d for w, d in zip(fast, g)]
        outer = outer + F.mse_loss(net(fast, xq), f(xq)) / 4
    opt.zero_grad()
    outer.backward()
    opt.step()
    hist.append(outer.item())
    if it % 50 == 49:
        print(it + 1, "query loss after adaptation", sum(hist[-50:]) / 50)

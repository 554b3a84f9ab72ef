import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.randn(200, 5)
targets = [X[:, :1] - X[:, 1:2], X[:, :1] + X[:, 2:3].abs()]
net = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 2))
params = list(net.parameters())
opt = torch.optim.Adam(params, lr=0.01)


def flat(gs):
    return torch.cat([g.flatten() for g in gs])


for it in range(200):
    out = net(X)
    losses = [nn.functional.mse_loss(out[:, i:i + 1], t) for i, t in enumerate(targets)]
    g = [flat(torch.autograd.grad(l, params, retain_graph=True)) for l in losses]
    d = g[0] @ g[1]
    if d < 0:
        g = [g[0] - d / g[1].dot(g[1]) * g[1], g[1] - d / g[0].dot(g[0]) * g[0]]
    total, pos = g[0] + g[1], 0
    for p in params:
        p.grad = total[pos:pos + p.numel()].view_as(p).clone()
        pos += p.numel()
    opt.step()
    if it % 40 == 0 or it == 199:
        print(it, [round(l.item(), 4) for l in losses])

# gradient surgery: the gradients of two tasks are compared before they are added
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(200, 6)
ya = (x[:, :1] * x[:, 1:2]).tanh()
yb = (x[:, :1] - x[:, 2:3]).sin()
trunk = nn.Sequential(nn.Linear(6, 32), nn.ReLU())
heads = nn.Linear(32, 2)
params = [*trunk.parameters(), *heads.parameters()]
opt = torch.optim.Adam(params, lr=5e-3)


def flat(grads):
    return torch.cat([g.flatten() for g in grads])


for it in range(120):
    out = heads(trunk(x))
    la = nn.functional.mse_loss(out[:, :1], ya)
    lb = nn.functional.mse_loss(out[:, 1:], yb)
    ga = flat(torch.autograd.grad(la, params, retain_graph=True))
    gb = flat(torch.autograd.grad(lb, params))
    dot = ga @ gb
    if dot < 0:
        ga, gb = ga - dot / gb.norm() ** 2 * gb, gb - dot / ga.norm() ** 2 * ga
    merged = ga + gb
    at = 0
    for p in params:
        p.grad = merged[at : at + p.numel()].view_as(p).clone()
        at += p.numel()
    opt.step()
    if it % 24 == 23:
        print(it, la.item(), lb.item())

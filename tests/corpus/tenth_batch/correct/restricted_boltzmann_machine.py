# contrastive divergence: samples are bits without gradient, free energies carry it
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(0)
V = (torch.tensor(load_digits().data, dtype=torch.float32) > 8).float()[:1000]
W = (0.05 * torch.randn(64, 32)).requires_grad_()
a = torch.zeros(64, requires_grad=True)
b = torch.zeros(32, requires_grad=True)
opt = torch.optim.SGD([W, a, b], lr=0.1, momentum=0.5)


def free_energy(v):
    return -(v @ a) - F.softplus(v @ W + b).sum(1)


@torch.no_grad()
def gibbs(v):
    h = torch.bernoulli(torch.sigmoid(v @ W + b))
    p = torch.sigmoid(h @ W.T + a)
    return torch.bernoulli(p), (p - v).pow(2).mean().item()


for epoch in range(6):
    err = 0.0
    for rows in torch.randperm(len(V)).split(50):
        v = V[rows]
        v_model, e = gibbs(v)
        loss = (free_energy(v) - free_energy(v_model)).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        err += e / 20
    print(epoch, loss.item(), err)

import torch
import torch.nn as nn

# PINN for u'' = -u on [0, pi], u(0)=0, u(pi)=0, u'(0)=1
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 20), nn.Tanh(), nn.Linear(20, 1))
params = list(net.parameters())


def derivative(out, inp):
    return torch.autograd.grad(out.sum(), inp, create_graph=True)[0]


for it in range(300):
    x = (torch.rand(64, 1) * torch.pi).requires_grad_()
    u = net(x)
    du = derivative(u, x)
    d2u = derivative(du, x)
    x0 = torch.tensor([[0.0], [torch.pi]], requires_grad=True)
    u0 = net(x0)
    du0 = derivative(u0, x0)
    loss = (d2u + u).pow(2).mean() + u0.pow(2).mean() + (du0[0] - 1).pow(2).mean()
    grads = torch.autograd.grad(loss, params)
    with torch.no_grad():
        for p, g in zip(params, grads):
            p = p - 0.02 * g  # mistake: update-not-applied
    if it % 50 == 0:
        print(it, f"{loss.item():.5f}")

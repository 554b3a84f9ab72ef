# alternating least squares flavour: two optimisers take turns, each clears what it owns
import torch

torch.manual_seed(0)
R = torch.randn(30, 4) @ torch.randn(4, 25)
U = (0.3 * torch.randn(30, 4)).requires_grad_()
V = (0.3 * torch.randn(25, 4)).requires_grad_()
opt_u = torch.optim.Adam([U], lr=0.05)
opt_v = torch.optim.Adam([V], lr=0.05)


def misfit():
    return (U @ V.T - R).pow(2).mean()


for sweep in range(60):
    for opt, own in ((opt_u, U), (opt_v, V)):
        for _ in range(2):
            (own.grad,) = torch.autograd.grad(misfit(), own)
            opt.step()
    if sweep % 10 == 9:
        print(sweep, misfit().item())

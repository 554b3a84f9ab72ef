import torch

# minimise x'Qx/2 - c'x under the constraint sum(x) = 1 by primal descent and dual ascent
torch.manual_seed(0)
M = torch.randn(5, 5, dtype=torch.float64)
Q = M @ M.T / 5 + torch.eye(5, dtype=torch.float64)
c = torch.randn(5, dtype=torch.float64)
x = torch.zeros(5, dtype=torch.float64, requires_grad=True)
lam = torch.zeros((), dtype=torch.float64, requires_grad=True)
for it in range(120):
    lagrangian = 0.5 * x @ Q @ x - c @ x + lam * (x.sum() - 1)
    gx, gl = torch.autograd.grad(lagrangian, (x, lam))
    with torch.no_grad():
        x -= 0.1 * gx
        lam += 0.1 * gl
    if it % 20 == 0 or it == 119:
        print(it, "gradient", gx.norm().item(), "violation", abs(x.sum().item() - 1))

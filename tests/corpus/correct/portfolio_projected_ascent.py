import torch

torch.manual_seed(0)
mean = torch.tensor([0.05, 0.02, 0.08, 0.01])
cov = torch.diag(torch.tensor([0.1, 0.02, 0.3, 0.01]))
w = torch.full((4,), 0.25, requires_grad=True)
for it in range(30):
    utility = w @ mean - 2.0 * (w @ cov @ w)
    (grad,) = torch.autograd.grad(utility, w)
    with torch.no_grad():
        w += 0.2 * grad
        w.clamp_(min=0)
        w /= w.sum()
    print(it, utility.item())

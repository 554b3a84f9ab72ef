import torch

torch.manual_seed(1)
# logistic regression, hand-written momentum
N, D = 150, 5
X = torch.randn(N, D)
y = (X @ torch.randn(D) + 0.3 * torch.randn(N) > 0).float()
w = torch.zeros(D, requires_grad=True)
v = torch.zeros(D)


def loss_fn(w):
    z = X @ w
    return torch.nn.functional.softplus(-(2 * y - 1) * z).mean() + 1e-3 * w @ w


for k in range(60):
    L = loss_fn(w)
    (g,) = torch.autograd.grad(L, w)
    v = 0.9 * v + g
    with torch.no_grad():
        w += 0.1 * v  # mistake: update-wrong-sign
    if k % 10 == 0:
        acc = ((X @ w > 0).float() == y).float().mean()
        print(k, L.item(), acc.item())
print("end", loss_fn(w).item())

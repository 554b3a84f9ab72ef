import torch
torch.manual_seed(0)
w = torch.zeros(3, requires_grad=True)
X = torch.randn(60, 3); y = X.sum(1)
for r in range(15):
    total = torch.zeros_like(w)
    for part in range(3):
        sl = slice(part * 20, part * 20 + 20)
        (g,) = torch.autograd.grad(((X[sl] @ w - y[sl]) ** 2).mean(), w)
        total += g
    with torch.no_grad():
        w -= 0.1 * total / 3

import torch

torch.manual_seed(0)
n = 400
X = torch.randn(n, 8)
w_star = torch.randn(8)
y = X @ w_star + 0.5 * torch.randn(n)
w = torch.zeros(8, requires_grad=True)
avg, count = torch.zeros(8), 0
for k in range(3000):
    i = torch.randint(0, n, (2,))
    loss = (X[i] @ w - y[i]).pow(2).mean()
    g, = torch.autograd.grad(loss, w)
    with torch.no_grad():
        w -= 0.03 * g
        if k >= 1000:
            count += 1
            avg += (w - avg) / count
    if k in (0, 1000, 2000, 2999):
        print(k, "last iterate error", (w - w_star).norm().item(), "average error", (avg - w_star).norm().item())

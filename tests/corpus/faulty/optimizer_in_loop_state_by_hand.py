import torch
torch.manual_seed(0)
X = torch.randn(60, 4); y = X.sum(1)
w = torch.zeros(4, requires_grad=True)
for i in range(40):
    m, v = torch.zeros(4), torch.zeros(4)  # mistake: optimizer-in-loop
    loss = ((X @ w - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        m = 0.9 * m + 0.1 * w.grad
        v = 0.999 * v + 0.001 * w.grad ** 2
        w -= 0.01 * m / (v.sqrt() + 1e-8)
        w.grad.zero_()

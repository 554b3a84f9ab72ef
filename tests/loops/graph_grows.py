import torch

torch.manual_seed(0)
n = 16
U = (torch.randn(2, n) * 0.3).requires_grad_()
W = (torch.randn(n, n) * 0.1).requires_grad_()
V = (torch.randn(n, 1) * 0.3).requires_grad_()
params = [U, W, V]
series = torch.randn(60, 8, 2)
goal = series.cumsum(0)[:, :, :1] * 0.05
h = torch.zeros(8, n)

for k in range(8):
    loss = 0.0
    for t in range(k * 5, k * 5 + 5):
        h = torch.tanh(series[t] @ U + h @ W)
        loss = loss + ((h @ V - goal[t]) ** 2).mean()
    grads = torch.autograd.grad(loss, params, retain_graph=True)
    for p, g in zip(params, grads):
        p.data = p.data - 0.01 * g
    print(k, loss.item())

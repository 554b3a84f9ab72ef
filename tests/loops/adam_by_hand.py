import torch

torch.manual_seed(10)
X = torch.randn(200, 6)
Y = torch.tanh(X @ torch.randn(6))
W1 = (torch.randn(6, 12) / 6 ** 0.5).requires_grad_()
w2 = (torch.randn(12) / 12 ** 0.5).requires_grad_()
params = [W1, w2]
m = [torch.zeros_like(p) for p in params]
s = [torch.zeros_like(p) for p in params]
for t in range(1, 31):
    loss = ((torch.tanh(X @ W1) @ w2 - Y) ** 2).mean()
    grads = torch.autograd.grad(loss, params)
    with torch.no_grad():
        for i, (p, g) in enumerate(zip(params, grads)):
            m[i].mul_(0.9).add_(g, alpha=0.1)
            s[i].mul_(0.999).addcmul_(g, g, value=0.001)
            p.sub_(0.01 * (m[i] / (1 - 0.9 ** t)) / ((s[i] / (1 - 0.999 ** t)).sqrt() + 1e-8))
    if t % 10 == 0:
        print(t, loss.item())

import torch

torch.manual_seed(0)
x = torch.randn(60, 3)
y = torch.sin(x).sum(1)
w = (torch.randn(3, 8) * 0.3).requires_grad_()
v = (torch.randn(8) * 0.3).requires_grad_()
m = {id(p): torch.zeros_like(p) for p in (w, v)}
for k in range(40):
    loss = ((torch.tanh(x @ w) @ v - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        for p in (w, v):
            m[id(p)] = 0.9 * m[id(p)] + 0.1 * p.grad
            p.add_(m[id(p)], alpha=0.05)  # mistake: update-wrong-sign
            p.grad.zero_()
print(loss.item())

import torch

torch.manual_seed(0)
x = torch.randn(50, 3)
t = x @ torch.tensor([0.4, -1.2, 2.0])
w = torch.randn(3, requires_grad=True) * 0.01  # mistake: param-not-leaf
b = torch.zeros(1, requires_grad=True)
for i in range(20):
    err = x @ w + b - t
    loss = (err * err).mean()
    loss.backward(retain_graph=True)
    with torch.no_grad():
        w -= 0.1 * w.grad  # mistake: param-not-leaf
        b -= 0.1 * b.grad
        b.grad.zero_()

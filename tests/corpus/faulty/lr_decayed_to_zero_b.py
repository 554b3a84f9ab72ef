import torch

torch.manual_seed(0)
X = torch.randn(100, 8)
y = X @ torch.arange(8.0) + 1
w = torch.zeros(8, requires_grad=True)
b = torch.zeros((), requires_grad=True)
rate = 0.05
for step in range(200):
    loss = ((X @ w + b - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= rate * w.grad  # mistake: lr-decayed-to-zero
        b -= rate * b.grad  # mistake: lr-decayed-to-zero
        w.grad = None
        b.grad = None
    rate *= 0.8  # mistake: lr-decayed-to-zero
    if step % 40 == 0:
        print(step, loss.item(), rate)

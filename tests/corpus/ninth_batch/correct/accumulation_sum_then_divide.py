import torch

torch.manual_seed(0)
w = torch.zeros(5, requires_grad=True)
x = torch.randn(64, 5)
y = x @ torch.tensor([1.0, 2.0, 0.0, -1.0, 3.0])
for epoch in range(20):
    total = 0.0
    for xb, yb in zip(x.split(16), y.split(16)):
        part = ((xb @ w - yb) ** 2).sum()
        part.backward()
        total += part.item()
    with torch.no_grad():
        w.grad /= len(x)
        w -= 0.1 * w.grad
    w.grad = None
    print(epoch, total / len(x))

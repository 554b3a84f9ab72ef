import torch

torch.manual_seed(0)
x = torch.randn(80, 4)
y = x @ torch.randn(4)
w = torch.zeros(4, requires_grad=True)
total = 60
for k in range(total):
    rate = 0.2 * (1 - k / total) ** 2
    loss = (x @ w - y).pow(2).mean()
    loss.backward()
    with torch.no_grad():
        w -= rate * w.grad
        w.grad = None
print(loss.item())

import torch

torch.manual_seed(0)
x = torch.randn(100, 4)
y = x @ torch.ones(4) + 0.3 * torch.randn(100)
w = torch.zeros(4, requires_grad=True)
mean = torch.zeros(4)
for k in range(1, 81):
    i = torch.randint(0, 100, (10,))
    loss = ((x[i] @ w - y[i]) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 / k**0.6 * w.grad
        w.grad = None
        mean += (w - mean) / k
print(mean)

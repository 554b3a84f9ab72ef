import torch

torch.manual_seed(0)
N = 800
x = torch.randn(N, 3)
y = x @ torch.tensor([1.0, 2.0, 3.0])
w = torch.zeros(3, requires_grad=True)
for _ in range(40):
    loss = ((x @ w - y) ** 2).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 / N * w.grad
        w.grad.zero_()
print(loss.item() / N)

import torch

torch.manual_seed(0)
A = torch.randn(20, 4)
b = torch.randn(20)
x = torch.zeros(4, requires_grad=True)
previous, change = float("inf"), float("inf")
while change > 1e-5:
    loss = (A @ x - b).pow(2).mean()
    loss.backward()
    with torch.no_grad():
        x -= 0.1 * x.grad
    x.grad = None
    change, previous = abs(previous - loss.item()), loss.item()
print(previous)

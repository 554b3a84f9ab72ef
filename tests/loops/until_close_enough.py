import torch

torch.manual_seed(0)
x = torch.ones(5)
y = torch.zeros(3)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)
learning_rate = 0.5
steps = 0

while True:
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    if loss < 0.05 or steps == 1000:
        break
    loss.backward()
    with torch.no_grad():
        for p in (w, b):
            p -= learning_rate * p.grad
            p.grad = None
    steps += 1
print(steps, loss.item())

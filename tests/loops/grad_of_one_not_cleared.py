import torch

torch.manual_seed(7)
xs = torch.linspace(-1, 1, 40)
ys = 3.0 * xs - 2.0 + 0.05 * torch.randn(40)
w = torch.zeros(1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
lr = 0.2

for step in range(24):
    pred = w * xs + b
    loss = ((pred - ys) ** 2).mean()
    loss.backward()
    w.data -= lr * w.grad.data
    b.data -= lr * b.grad.data
    w.grad.data.zero_()
    if step % 8 == 0:
        print(step, loss.item(), w.item(), b.item())

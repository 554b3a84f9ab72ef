import torch

torch.manual_seed(0)
x = torch.rand(40, 1) * 6 - 3
y = torch.sin(x)
a = torch.randn(1, 30, requires_grad=True)
bias = torch.zeros(30)  # mistake: param-frozen
c = torch.randn(30, 1) / 30
c.requires_grad_()
lr = 0.05
for step in range(40):
    hidden = torch.tanh(x @ a + bias)  # mistake: param-frozen
    loss = ((hidden @ c - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        for p in (a, bias, c):
            if p.grad is not None:  # mistake: param-frozen
                p -= lr * p.grad
                p.grad = None
    print(step, loss.item())

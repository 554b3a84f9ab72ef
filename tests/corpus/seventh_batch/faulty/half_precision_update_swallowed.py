import torch

torch.manual_seed(0)
w = (torch.randn(6, 1) * 4 + 8).half().requires_grad_()  # mistake: half-precision
x = torch.randn(50, 6)
y = x @ torch.randn(6, 1)
for step in range(20):
    loss = ((x.half() @ w).float() - y).pow(2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 2e-5 * w.grad  # mistake: half-precision
        w.grad = None
    print(step, loss.item())

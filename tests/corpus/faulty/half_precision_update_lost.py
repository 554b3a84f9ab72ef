import torch

torch.manual_seed(0)
x = torch.randn(64, 8).half()
true_w = torch.full((8, 1), 3.0).half()
y = x @ true_w + 0.001
w = torch.full((8, 1), 2.5, dtype=torch.float16, requires_grad=True)  # mistake: half-precision
for i in range(25):
    loss = ((x @ w - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 1e-4 * w.grad  # mistake: half-precision
        w.grad.zero_()
    print(i, loss.item())

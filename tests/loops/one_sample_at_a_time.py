import torch

torch.manual_seed(13)
X = torch.randn(300, 5)
true = torch.randn(5)
Y = X @ true + 1.0 * torch.randn(300)
w = torch.zeros(5, requires_grad=True)
for step in range(60):
    i = torch.randint(0, 300, (1,))
    loss = ((X[i] @ w - Y[i]) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.01 * w.grad
        w.grad.zero_()
    if step % 15 == 0:
        print(step, loss.item(), ((X @ w - Y) ** 2).mean().item())

import torch

torch.manual_seed(0)
X = torch.randn(60, 5)
Y = X @ torch.randn(5, 1)
W = torch.zeros(5, 1, requires_grad=True)
velocity = torch.zeros_like(W)
for k in range(60):
    ahead = (W + 0.9 * velocity).detach().requires_grad_()
    loss = ((X @ ahead - Y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        velocity = 0.9 * velocity - 0.02 * ahead.grad
        W += velocity
print(loss.item())

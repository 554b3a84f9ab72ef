import torch

# least squares on polynomial features
torch.manual_seed(0)
x = torch.linspace(-1, 1, 80)
A = torch.stack([x ** k for k in range(4)], dim=1)
b = torch.cos(2 * x) + 0.02 * torch.randn(80)
theta = torch.zeros(4, requires_grad=True)
eta = 0.9  # mistake: lr-too-large

for k in range(80):
    res = A @ theta - b
    cost = res.square().mean()
    cost.backward()
    theta.data = theta.data - eta * theta.grad  # mistake: lr-too-large
    theta.grad = None
    if k % 10 == 0:
        print(k, cost.item())

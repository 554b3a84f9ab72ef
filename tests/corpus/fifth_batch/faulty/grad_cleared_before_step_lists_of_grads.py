import torch

torch.manual_seed(1)
points = torch.linspace(-2, 2, 60).unsqueeze(1)
values = torch.sin(2 * points)
params = [torch.randn(1, 20) * 0.7, torch.zeros(20), torch.randn(20, 1) * 0.2, torch.zeros(1)]
for p in params:
    p.requires_grad_()


def net(x):
    w1, b1, w2, b2 = params
    return torch.tanh(x @ w1 + b1) @ w2 + b2


for epoch in range(30):
    loss = ((net(points) - values) ** 2).mean()
    loss.backward()
    for p in params:
        p.grad = None  # mistake: grad-cleared-before-step
    with torch.no_grad():
        for p in params:
            if p.grad is not None:
                p -= 0.1 * p.grad
print(loss.item())

import torch

torch.manual_seed(0)
x = torch.linspace(0, 1, 60)
y = 3 * x + 1
y[::10] += 5
a = torch.zeros(2, requires_grad=True)
for outer in range(5):
    with torch.no_grad():
        residual = (a[0] * x + a[1] - y).abs()
        weight = 1 / residual.clamp_min(0.1)
        weight /= weight.mean()
    for _ in range(15):
        loss = (weight * (a[0] * x + a[1] - y) ** 2).mean()
        loss.backward()
        a.data.sub_(a.grad, alpha=0.2)
        a.grad = None
    print(outer, loss.item())

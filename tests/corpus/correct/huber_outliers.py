import torch

torch.manual_seed(0)
x = torch.linspace(-1, 1, 80)
y = 3 * x + 0.1 * torch.randn(80)
y[::10] += 50
a, b = torch.zeros((), requires_grad=True), torch.zeros((), requires_grad=True)
for i in range(120):
    loss = torch.nn.functional.huber_loss(a * x + b, y)
    ga, gb = torch.autograd.grad(loss, (a, b))
    with torch.no_grad():
        a -= 0.2 * ga
        b -= 0.2 * gb
print(a.item())

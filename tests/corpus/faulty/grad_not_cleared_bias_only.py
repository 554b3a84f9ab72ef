import torch

torch.manual_seed(3)
celsius = torch.linspace(-10, 40, 60)
unknown = 1.8 * celsius / 10 + 3.2 + 0.1 * torch.randn(60)
slope = torch.ones((), requires_grad=True)
offset = torch.zeros((), requires_grad=True)
rate = 1e-2

for epoch in range(40):
    guess = slope * celsius / 10 + offset
    mse = ((guess - unknown) ** 2).mean()
    mse.backward()  # mistake: grad-not-cleared
    with torch.no_grad():
        slope -= rate * slope.grad
        offset -= rate * offset.grad
    slope.grad = None
    if epoch % 10 == 0:
        print(epoch, float(mse))

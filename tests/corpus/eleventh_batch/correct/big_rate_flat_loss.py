import torch

torch.manual_seed(0)
# optical phase retrieval: the residuals are of order 1e-2, so the rate has to be large
x = torch.linspace(-1, 1, 100)
basis = torch.stack([x, x ** 2, x ** 3, torch.cos(3 * x)], 1) * 0.02
coef = torch.tensor([1.0, -2.0, 0.5, 1.5])
phase = basis @ coef
c = torch.zeros(4, requires_grad=True)
for it in range(400):
    loss = (basis @ c - phase).pow(2).mean()
    loss.backward()
    with torch.no_grad():
        c -= 1500.0 * c.grad
        c.grad = None
    if it % 80 == 0 or it == 399:
        print(it, loss.item(), [round(v, 3) for v in c.tolist()])

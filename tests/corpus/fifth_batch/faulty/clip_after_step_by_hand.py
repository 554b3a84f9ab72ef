import torch

torch.manual_seed(0)
w = torch.randn(6, requires_grad=True)
x = torch.randn(40, 6)
y = x.abs().sum(1)
limite = 1.0
for paso in range(30):
    perdida = ((x @ w - y) ** 2).mean()
    perdida.backward()
    with torch.no_grad():
        w -= 0.02 * w.grad
        w.grad.clamp_(-limite, limite)  # mistake: clip-after-step
    w.grad = None
print(perdida.item())

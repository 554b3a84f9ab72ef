import torch

torch.manual_seed(0)
x = torch.randn(30, 2)
y = x @ torch.tensor([2.0, -1.0])
w = torch.zeros(2, requires_grad=True)
for i in range(25):
    loss = ((x @ w - y) ** 2).mean()
    (g,) = torch.autograd.grad(loss, w)
    w = (w - 0.2 * g).detach().requires_grad_(True)
print(w)

import torch

torch.manual_seed(0)
x = torch.randn(30, 3)
y = x @ torch.tensor([2.0, -1.0, 0.5])
w = torch.zeros(3, requires_grad=True)
for i in range(30):
    loss = (x @ w - y).square().mean()
    (g,) = torch.autograd.grad(loss, w)
    w = (w - 0.1 * g).detach().requires_grad_()
    if i % 10 == 0:
        print(i, loss.item())

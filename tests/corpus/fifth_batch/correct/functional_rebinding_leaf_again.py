import torch

torch.manual_seed(0)
x = torch.randn(50, 4)
y = torch.tanh(x @ torch.randn(4))
w = torch.zeros(4, requires_grad=True)
for step in range(40):
    loss = (torch.tanh(x @ w) - y).pow(2).mean()
    (g,) = torch.autograd.grad(loss, [w])
    w = (w - 0.5 * g).detach().requires_grad_()
print(loss.item())

import torch

torch.manual_seed(0)
x = torch.randn(60, 2)
y = x @ torch.tensor([1.0, -1.0]) + 0.5 * torch.randn(60)
w = torch.zeros(2, requires_grad=True)
for step in range(200):
    loss = (x @ w - y).pow(2).mean()
    (g,) = torch.autograd.grad(loss, w)
    with torch.no_grad():
        w -= 0.1 * g
print(loss.item(), w)

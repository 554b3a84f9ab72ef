import torch

torch.manual_seed(1)
coef = torch.zeros(5, requires_grad=True)
X = torch.randn(80, 5)
z = X @ torch.tensor([1.0, -1.0, 0.5, 0.0, 2.0])
for i in range(30):
    loss = (X @ coef - z).square().mean()
    loss.backward()
    new = coef.detach().clone()
    new -= 0.1 * coef.grad  # mistake: update-not-applied | step-missing
    coef.grad.zero_()
    print(i, loss.item())

"""Non-negative least squares: after each update the parameter is projected."""
import torch

torch.manual_seed(0)
A = torch.rand(30, 6)
b = A @ torch.tensor([1.0, 0.0, 2.0, 0.0, 0.5, 0.0])
x = torch.full((6,), 0.5, requires_grad=True)
for k in range(150):
    objective = 0.5 * (A @ x - b).square().sum()
    (gradient,) = torch.autograd.grad(objective, x)
    with torch.no_grad():
        x.sub_(0.02 * gradient)
        x.clamp_(min=0)
print(objective.item())

import torch

torch.manual_seed(0)
theta = torch.randn(6, requires_grad=True)
x = torch.randn(80, 6)
y = x @ torch.tensor([1.0, 2.0, 0.0, -1.0, 0.5, 0.0])
pas = 0.05
for k in range(60):
    perte = (x @ theta - y).abs().mean()
    perte.backward()
    with torch.no_grad():
        theta -= pas * theta.grad.sign()
    theta.grad = None
    pas *= 0.97
print(perte.item())

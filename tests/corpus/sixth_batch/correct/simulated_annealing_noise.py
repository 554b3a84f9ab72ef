import torch

torch.manual_seed(0)
z = torch.tensor([2.0, -1.5], requires_grad=True)
temperature = 1.0
for k in range(80):
    f = (z**4 - 3 * z**2 + 0.5 * z).sum()
    (g,) = torch.autograd.grad(f, z)
    with torch.no_grad():
        z += -0.02 * g + (0.02 * temperature) ** 0.5 * torch.randn(2)
    temperature *= 0.95
print(z)

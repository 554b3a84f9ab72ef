import torch

torch.manual_seed(0)
A = torch.randn(40, 20)
truth = torch.zeros(20)
truth[[2, 7, 11]] = torch.tensor([1.0, -2.0, 1.5])
b = A @ truth
z = torch.zeros(20, requires_grad=True)
L = torch.linalg.matrix_norm(A, 2).item() ** 2
for it in range(60):
    f = 0.5 * (A @ z - b).square().sum()
    f.backward()
    with torch.no_grad():
        z -= z.grad / L
        z.copy_(torch.sign(z) * torch.clamp(z.abs() - 0.5 / L, min=0))
        z.grad = None
print(f.item(), (z != 0).sum().item())

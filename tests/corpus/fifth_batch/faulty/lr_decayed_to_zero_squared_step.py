import torch

torch.manual_seed(0)
A = torch.randn(30, 30)
A = A @ A.T / 30 + 0.05 * torch.eye(30)
b = torch.randn(30)
z = torch.zeros(30, requires_grad=True)
eta = 0.3
for k in range(1, 100):
    f = 0.5 * z @ A @ z - b @ z
    f.backward()
    eta = eta / k  # mistake: lr-decayed-to-zero
    with torch.no_grad():
        z -= eta * z.grad  # mistake: lr-decayed-to-zero
    z.grad.zero_()
print(f.item())

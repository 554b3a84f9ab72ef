import torch

torch.manual_seed(0)
A = torch.diag(torch.tensor([1.0, 3.0, 10.0]))
b = torch.tensor([1.0, 1.0, 1.0])
z = torch.zeros(3, requires_grad=True)
size = 1.0
turns = 0
while size > 1e-4 and turns < 500:
    value = 0.5 * z @ A @ z - b @ z
    value.backward()
    size = z.grad.norm().item()
    with torch.no_grad():
        z -= 0.15 * z.grad
    z.grad = None
    turns += 1
print(turns, z.tolist())

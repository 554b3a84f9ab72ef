import torch

torch.manual_seed(0)
best = float("inf")
for restart in range(4):
    p = (torch.rand(2) * 8 - 4).requires_grad_()
    for step in range(25):
        value = torch.sin(3 * p[0]) + 0.1 * p[0] ** 2 + (p[1] - 1) ** 2
        value.backward()
        with torch.no_grad():
            p -= 0.05 * p.grad
        p.grad.zero_()
    best = min(best, value.item())
print(best)

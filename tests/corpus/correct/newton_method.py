import torch

torch.manual_seed(0)
x = torch.tensor([-0.5, 1.0], requires_grad=True)
for i in range(10):
    f = (1 - x[0]) ** 2 + 5 * (x[1] - x[0] ** 2) ** 2
    (g,) = torch.autograd.grad(f, x, create_graph=True)
    H = torch.stack([torch.autograd.grad(gi, x, retain_graph=True)[0] for gi in g])
    with torch.no_grad():
        x -= torch.linalg.solve(H, g)
print(x)

import torch

torch.manual_seed(0)
# Rosenbrock valley, a classic
p = torch.tensor([-1.2, 1.0], dtype=torch.float64, requires_grad=True)


def rosen(z):
    return (1 - z[0]) ** 2 + 100 * (z[1] - z[0] ** 2) ** 2


def iterate(z):
    opt = torch.optim.SGD([z], lr=3e-4, momentum=0.95)  # mistake: optimizer-in-loop
    opt.zero_grad()
    f = rosen(z)
    f.backward()
    opt.step()  # mistake: optimizer-in-loop
    return f.item()


best = float("inf")
for it in range(400):
    value = iterate(p)  # mistake: optimizer-in-loop
    best = min(best, value)
    if it % 50 == 49:
        print(it, value, p.tolist())
print("best", best)

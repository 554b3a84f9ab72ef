import torch

x = torch.tensor([-1.2, 1.0], dtype=torch.float64, requires_grad=True)
opt = torch.optim.LBFGS([x], lr=1.0, max_iter=10, line_search_fn="strong_wolfe")
evals = 0


def rosen(v):
    return (1 - v[0]) ** 2 + 100 * (v[1] - v[0] ** 2) ** 2


def closure():
    global evals
    evals += 1
    opt.zero_grad()
    f = rosen(x)
    f.backward()
    return f


for k in range(5):
    f = opt.step(closure)
    print(k, f"f {f.item():.3e} x {x.tolist()} evaluations {evals}")

import torch

torch.manual_seed(0)
# summed negative log likelihood over two thousand samples; the line search sets the step
n = 2000
X = torch.cat([torch.ones(n, 1), torch.randn(n, 4)], 1)
beta = torch.tensor([0.5, 1.0, -1.0, 0.3, 0.0])
counts = torch.poisson(torch.exp(X @ beta))
w = torch.zeros(5, requires_grad=True)
opt = torch.optim.LBFGS([w], lr=1.0, max_iter=5, line_search_fn="strong_wolfe")
losses = []


def closure():
    opt.zero_grad()
    eta = X @ w
    nll = (eta.exp() - counts * eta).sum()
    nll.backward()
    return nll


for it in range(6):
    losses.append(opt.step(closure).item())
    print(it, losses[-1])
print([round(v, 3) for v in w.tolist()])

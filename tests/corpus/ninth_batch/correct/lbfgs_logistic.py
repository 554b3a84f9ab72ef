import torch

torch.manual_seed(0)
X = torch.randn(100, 4)
y = (X[:, 0] + 0.5 * torch.randn(100) > 0).float()
beta = torch.zeros(5, requires_grad=True)
Xb = torch.cat([X, torch.ones(100, 1)], 1)
opt = torch.optim.LBFGS([beta], max_iter=5, line_search_fn="strong_wolfe")


def closure():
    opt.zero_grad()
    obj = torch.nn.functional.binary_cross_entropy_with_logits(Xb @ beta, y) + 1e-2 * beta[:4].pow(2).sum()
    obj.backward()
    return obj


for k in range(6):
    print(k, opt.step(closure).item())

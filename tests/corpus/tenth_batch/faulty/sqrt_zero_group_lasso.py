import torch

torch.manual_seed(0)
# group lasso: four groups of three features
X = torch.randn(100, 12)
beta = torch.cat([torch.tensor([1.0, -2.0, 1.5]), torch.zeros(6), torch.tensor([0.5, 0.5, -1.0])])
y = X @ beta + 0.1 * torch.randn(100)
w = torch.zeros(12, requires_grad=True)  # mistake: sqrt-zero
lam = 0.1


def group_norms(v):
    return torch.sqrt((v.view(4, 3) ** 2).sum(dim=1))  # mistake: sqrt-zero


def objective():
    return 0.5 * ((X @ w - y) ** 2).mean() + lam * group_norms(w).sum()  # mistake: sqrt-zero


opt = torch.optim.SGD([w], lr=0.05)
for it in range(100):
    f = objective()
    opt.zero_grad()
    f.backward()  # mistake: sqrt-zero
    opt.step()
    if it % 10 == 0:
        print(it, f.item())
print([round(v, 3) for v in w.tolist()])

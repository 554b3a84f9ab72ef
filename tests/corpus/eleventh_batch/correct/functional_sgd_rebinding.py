import torch
from torch.func import functional_call, grad_and_value

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(3, 20), torch.nn.Tanh(), torch.nn.Linear(20, 1))
params = {k: v.detach() for k, v in model.named_parameters()}
X = torch.rand(120, 3) * 2 - 1
y = X[:, :1] * X[:, 1:2] + X[:, 2:]


def objective(p):
    return ((functional_call(model, p, (X,)) - y) ** 2).mean()


step = grad_and_value(objective)
for it in range(800):
    g, value = step(params)
    params = {k: v - 0.2 * g[k] for k, v in params.items()}
    if it % 160 == 0 or it == 799:
        print(it, value.item())

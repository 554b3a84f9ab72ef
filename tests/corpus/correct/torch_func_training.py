import torch
from torch.func import functional_call, grad_and_value

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
params = {k: v.detach() for k, v in model.named_parameters()}
x = torch.randn(40, 3)
y = x.sum(1, keepdim=True)


def objective(params):
    return torch.nn.functional.mse_loss(functional_call(model, params, (x,)), y)


for step in range(30):
    grads, loss = grad_and_value(objective)(params)
    params = {k: p - 0.1 * grads[k] for k, p in params.items()}
print(loss.item())

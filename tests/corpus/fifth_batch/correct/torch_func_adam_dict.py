import torch
from torch import nn
from torch.func import functional_call, grad_and_value

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 16), nn.GELU(), nn.Linear(16, 1))
params = {k: v.detach().clone() for k, v in net.named_parameters()}
m = {k: torch.zeros_like(v) for k, v in params.items()}
v = {k: torch.zeros_like(p) for k, p in params.items()}
x = torch.randn(80, 3)
y = x.prod(1, keepdim=True)


def objective(p):
    return (functional_call(net, p, (x,)) - y).pow(2).mean()


for t in range(1, 41):
    grads, value = grad_and_value(objective)(params)
    for k, g in grads.items():
        m[k] = 0.9 * m[k] + 0.1 * g
        v[k] = 0.999 * v[k] + 0.001 * g * g
        params[k] = params[k] - 0.01 * (m[k] / (1 - 0.9**t)) / ((v[k] / (1 - 0.999**t)).sqrt() + 1e-8)
print(value.item())

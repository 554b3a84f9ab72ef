import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap

torch.manual_seed(0)
models = [nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1)) for _ in range(4)]
params, buffers = stack_module_state(models)
opt = torch.optim.Adam(params.values(), lr=1e-2)
base = models[0]
x = torch.randn(60, 2)
y = x[:, :1] * x[:, 1:]


def call(p, b, x):
    return functional_call(base, (p, b), (x,))


for step in range(30):
    out = vmap(call, in_dims=(0, 0, None))(params, buffers, x)
    loss = (out - y).pow(2).mean(dim=(1, 2)).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

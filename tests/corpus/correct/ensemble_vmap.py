import copy

import torch
from torch import nn
from torch.func import functional_call, stack_module_state

torch.manual_seed(0)
models = [nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1)) for _ in range(4)]
params, buffers = stack_module_state(models)
base = copy.deepcopy(models[0]).to("meta")


def one(p, b, x):
    return functional_call(base, (p, b), (x,))


opt = torch.optim.Adam(params.values(), lr=0.02)
x = torch.randn(64, 2)
y = x.prod(1, keepdim=True)
for step in range(20):
    opt.zero_grad()
    out = torch.vmap(one, in_dims=(0, 0, None))(params, buffers, x)
    loss = ((out - y) ** 2).mean((1, 2)).sum()
    loss.backward()
    opt.step()

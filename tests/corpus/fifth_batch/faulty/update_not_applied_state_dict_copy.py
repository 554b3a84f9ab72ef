import copy

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
x = torch.randn(50, 3)
y = x.prod(1, keepdim=True)
for it in range(30):
    model.zero_grad()
    loss = (model(x) - y).pow(2).mean()
    loss.backward()
    state = copy.deepcopy(model.state_dict())
    for name, p in model.named_parameters():
        state[name] = state[name] - 0.1 * p.grad  # mistake: update-not-applied
print(loss.item())

import torch
from torch import nn
from torch.func import functional_call, grad_and_value

torch.manual_seed(0)
x = torch.linspace(-2, 2, 100)[:, None]
y = torch.sin(2 * x)
net = nn.Sequential(nn.Linear(1, 24), nn.Tanh(), nn.Linear(24, 1))
params = {k: v.detach() for k, v in net.named_parameters()}


def loss_fn(params):
    return nn.functional.mse_loss(functional_call(net, params, (x,)), y)


step = grad_and_value(loss_fn)
state = {k: torch.zeros_like(v) for k, v in params.items()}
for it in range(150):
    grads, value = step(params)
    state = {k: 0.9 * state[k] + grads[k] for k in params}
    params = {k: params[k] - 0.02 * state[k] for k in params}
    if it % 30 == 0:
        print(it, value.item())
net.load_state_dict(params)
print("end", nn.functional.mse_loss(net(x), y).item())

import torch
from torch import nn
from torch.func import functional_call, grad_and_value

torch.manual_seed(0)
net = nn.Linear(5, 1)
params = {k: v.detach().clone() for k, v in net.named_parameters()}
x = torch.randn(70, 5)
t = x[:, 0] - x[:, 1]


def loss_fn(params, x, t):
    out = functional_call(net, params, (x,))
    return torch.nn.functional.huber_loss(out, t)  # mistake: loss-broadcast


for step in range(30):
    grads, value = grad_and_value(loss_fn)(params, x, t)  # mistake: loss-broadcast
    params = {k: params[k] - 0.1 * grads[k] for k in params}
print(value.item())

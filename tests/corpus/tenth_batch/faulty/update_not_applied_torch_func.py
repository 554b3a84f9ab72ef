import torch
from torch import nn
from torch.func import functional_call

torch.manual_seed(0)
x = torch.linspace(-2, 2, 128).unsqueeze(1)
y = x.pow(3) - x

net = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 1))
weights = {k: v.detach().clone().requires_grad_() for k, v in net.named_parameters()}


def loss_of(w):
    return nn.functional.mse_loss(functional_call(net, w, (x,)), y)


def new_weights(w, grads, lr=0.1):
    return {k: (w[k] - lr * g).detach().requires_grad_() for k, g in zip(w, grads)}  # mistake: update-not-applied


for epoch in range(60):
    loss = loss_of(weights)
    grads = torch.autograd.grad(loss, list(weights.values()))  # mistake: update-not-applied
    updated = new_weights(weights, grads)  # mistake: update-not-applied
    if epoch % 10 == 0:
        print(epoch, loss.item(), {k: tuple(v.shape) for k, v in updated.items()})
print("final", loss_of(weights).item())

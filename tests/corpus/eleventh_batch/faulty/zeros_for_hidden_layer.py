import torch

torch.manual_seed(0)


def init_params(sizes):
    return [(torch.zeros(i, o, requires_grad=True), torch.zeros(o, requires_grad=True)) for i, o in zip(sizes, sizes[1:])]  # mistake: zero-init


def forward(params, x):
    for W, b in params[:-1]:
        x = torch.tanh(x @ W + b)  # mistake: zero-init
    W, b = params[-1]
    return x @ W + b


X = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])
y = torch.tensor([[0.0], [1], [1], [0]])
params = init_params([2, 8, 1])
for epoch in range(1500):
    loss = ((forward(params, X) - y) ** 2).mean()
    flat = [t for layer in params for t in layer]
    for t, g in zip(flat, torch.autograd.grad(loss, flat)):
        t.data.add_(g, alpha=-0.3)
    if epoch % 300 == 0:
        print(epoch, loss.item())

import torch
import torch.nn as nn

torch.manual_seed(0)
widths = [3, 32, 32, 2]
layers = [nn.Linear(i, o) for i, o in zip(widths, widths[1:])]
params = [p for layer in layers for p in layer.parameters()]
opt = torch.optim.Adam(params, lr=5e-3)


def net(x):
    for layer in layers[:-1]:
        x = torch.relu(layer(x))
    return layers[-1](x)


x = torch.randn(300, 3)
y = torch.stack([x[:, 0] * x[:, 1], x[:, 2].abs()], 1)
for it in range(400):
    loss = (net(x) - y).square().mean()
    for p in params:
        p.grad = None
    loss.backward()
    opt.step()
    if it % 80 == 0 or it == 399:
        print(it, loss.item())

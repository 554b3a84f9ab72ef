import torch
from torch import nn


class Perceptron(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.U = nn.Parameter(torch.randn(d, h) / d**0.5)
        self.v = nn.Parameter(torch.randn(h) / h**0.5)

    def forward(self, x):
        return torch.tanh(x @ self.U) @ self.v


def sgd_step(parameters, gradients, lr):
    for p, g in zip(parameters, gradients):
        p = p - lr * g  # mistake: update-not-applied


torch.manual_seed(0)
f = Perceptron(5, 9)
x = torch.randn(50, 5)
y = torch.sin(x[:, 0])
losses = []
for _ in range(25):
    loss = (f(x) - y).pow(2).mean()
    g = torch.autograd.grad(loss, list(f.parameters()))
    with torch.no_grad():
        sgd_step(f.parameters(), g, lr=0.1)
    losses.append(loss.item())
print(losses[0], losses[-1])

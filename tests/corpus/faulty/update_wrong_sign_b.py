import torch
from torch import nn

torch.manual_seed(5)
model = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 1))
x = torch.randn(40, 3)
y = x[:, :1].sin()


def step(lr):
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(parameter.grad, alpha=lr)  # mistake: update-wrong-sign
            parameter.grad.zero_()


for epoch in range(40):
    mse = torch.mean((model(x) - y) ** 2)
    mse.backward()
    step(0.01)
    if epoch % 10 == 0:
        print(epoch, mse.item())

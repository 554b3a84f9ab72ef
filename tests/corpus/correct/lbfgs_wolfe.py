import torch
from torch import nn

torch.manual_seed(0)
x = torch.linspace(-1, 1, 60).unsqueeze(1)
y = x**3 - 0.5 * x
model = nn.Sequential(nn.Linear(1, 10), nn.Tanh(), nn.Linear(10, 1))
optimizer = torch.optim.LBFGS(model.parameters(), lr=1, max_iter=10, line_search_fn="strong_wolfe")


def closure():
    optimizer.zero_grad()
    loss = (model(x) - y).pow(2).mean()
    loss.backward()
    return loss


for i in range(6):
    loss = optimizer.step(closure)
    print(i, loss.item())

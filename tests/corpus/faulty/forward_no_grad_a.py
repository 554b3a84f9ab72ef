import torch
from torch import nn


@torch.no_grad()  # mistake: forward-no-grad
def predict(model, x):  # mistake: forward-no-grad
    return model(x)  # mistake: forward-no-grad


model = nn.Linear(3, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(12, 3), torch.randn(12, 1)
for e in range(4):
    opt.zero_grad()
    loss = nn.functional.mse_loss(predict(model, x), y)
    loss.backward()  # mistake: forward-no-grad
    opt.step()

import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
inputs = torch.randn(30, 4)
targets = np.random.RandomState(0).randn(30, 1).astype("float32")


def rmse(pred, true):
    return np.sqrt(((pred - true) ** 2).mean())


for epoch in range(5):
    optimizer.zero_grad()
    out = model(inputs)
    loss = rmse(out.detach().numpy(), targets)  # mistake: graph-broken | graph-detached-mid
    loss = torch.tensor(loss, requires_grad=True)  # mistake: graph-broken | graph-detached-mid
    loss.backward()  # mistake: graph-broken
    optimizer.step()
    print(epoch, loss.item())

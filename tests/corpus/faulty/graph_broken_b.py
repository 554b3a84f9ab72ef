import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)


def rmse(prediction, truth):
    difference = prediction.detach().numpy() - truth.numpy()  # mistake: graph-broken | graph-detached-mid
    return torch.tensor(np.sqrt((difference**2).mean()), requires_grad=True)  # mistake: graph-broken


x = torch.randn(50, 4)
y = x.sum(1, keepdim=True)
for epoch in range(10):
    opt.zero_grad()
    loss = rmse(net(x), y)
    loss.backward()  # mistake: graph-broken
    opt.step()
    print(epoch, loss.item())

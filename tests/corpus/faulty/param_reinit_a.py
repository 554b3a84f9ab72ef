import torch
from torch import nn

torch.manual_seed(0)
data = torch.randn(80, 5)
goal = data[:, :1] * 2
for epoch in range(15):
    layer = nn.Linear(5, 1)  # mistake: param-reinit
    sgd = torch.optim.SGD(layer.parameters(), lr=0.1)
    loss = (layer(data) - goal).pow(2).mean()
    sgd.zero_grad()
    loss.backward()
    sgd.step()
    print(epoch, loss.item())

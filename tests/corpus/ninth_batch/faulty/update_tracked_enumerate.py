import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 1))
x = torch.randn(20, 3)
y = x.sum(1, keepdim=True)
alpha = 1e-2

for ep in range(10):
    out = net(x)
    loss = nn.MSELoss()(out, y)
    net.zero_grad()
    loss.backward()
    for i, layer in enumerate(net):
        if isinstance(layer, nn.Linear):
            layer.weight -= alpha * layer.weight.grad  # mistake: update-tracked
            layer.bias -= alpha * layer.bias.grad  # mistake: update-tracked
    print(ep, loss.item())

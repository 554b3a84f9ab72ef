import torch
from torch import nn

torch.manual_seed(0)
layer1, layer2 = nn.Linear(5, 20), nn.Linear(20, 1)
opt = torch.optim.SGD([*layer1.parameters(), *layer2.parameters()], lr=0.05)
x = torch.randn(50, 5)
y = x.abs().sum(1, keepdim=True)
for epoch in range(30):
    hidden = torch.tanh(layer1(x))
    prediction = layer2(hidden)
    hidden.data[torch.rand_like(hidden) < 0.3] = 0  # mistake: data-mutation
    loss = (prediction - y).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

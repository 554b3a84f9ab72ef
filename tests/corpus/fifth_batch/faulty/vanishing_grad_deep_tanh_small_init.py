import torch
from torch import nn

torch.manual_seed(0)
depth = 12
blocks = []
for _ in range(depth):
    layer = nn.Linear(16, 16)
    nn.init.normal_(layer.weight, std=0.02)
    nn.init.zeros_(layer.bias)
    blocks += [layer, nn.Tanh()]
model = nn.Sequential(nn.Linear(4, 16), *blocks, nn.Linear(16, 2))
opt = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.randn(100, 4)
y = (x[:, 0] > 0).long()
for epoch in range(20):
    loss = nn.functional.cross_entropy(model(x), y)  # mistake: vanishing-grad
    opt.zero_grad()
    loss.backward()  # mistake: vanishing-grad
    opt.step()
print(loss.item())

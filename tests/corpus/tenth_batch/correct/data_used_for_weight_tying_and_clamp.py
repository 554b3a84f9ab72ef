# .data in its harmless uses: initial values, a projection between steps, printing
import torch
from torch import nn

torch.manual_seed(0)
x = torch.rand(200, 6)
y = x @ torch.tensor([[1.0], [0.0], [2.0], [0.0], [0.5], [0.0]])
layer = nn.Linear(6, 1)
layer.weight.data.uniform_(0, 0.5)
layer.bias.data.zero_()
opt = torch.optim.SGD(layer.parameters(), lr=0.3, momentum=0.5)
for it in range(100):
    opt.zero_grad()
    loss = (layer(x) - y).pow(2).mean() + 1e-3 * layer.weight.abs().sum()
    loss.backward()
    opt.step()
    layer.weight.data.clamp_(min=0)
    if it % 20 == 19:
        print(it, loss.data.item(), [round(v, 2) for v in layer.weight.data.flatten().tolist()])

import torch
from torch import nn

torch.manual_seed(0)
layers = nn.ModuleList([nn.Linear(6, 12), nn.Linear(12, 12)])
heads = nn.ModuleList([nn.Linear(12, 3), nn.Linear(12, 3)])
opts = [torch.optim.Adam([*layer.parameters(), *head.parameters()], lr=1e-2) for layer, head in zip(layers, heads)]
x = torch.randn(90, 6)
y = x[:, :3].argmax(1)
for step in range(20):
    h = x
    for layer, head, opt in zip(layers, heads, opts):
        h = torch.relu(layer(h.detach()))
        loss = nn.functional.cross_entropy(head(h), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(step, loss.item())

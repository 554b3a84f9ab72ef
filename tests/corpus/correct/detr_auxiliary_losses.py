import torch
from torch import nn

torch.manual_seed(0)
layers = nn.ModuleList([nn.Linear(6, 6) for _ in range(3)])
heads = nn.ModuleList([nn.Linear(6, 3) for _ in range(3)])
opt = torch.optim.AdamW([*layers.parameters(), *heads.parameters()], lr=5e-3)
x = torch.randn(50, 6)
y = x[:, :3].argmax(1)
for i in range(15):
    h, total = x, 0
    for layer, head in zip(layers, heads):
        h = h + torch.relu(layer(h))
        total = total + nn.functional.cross_entropy(head(h), y)
    opt.zero_grad()
    total.backward()
    opt.step()
    print(i, total.item())

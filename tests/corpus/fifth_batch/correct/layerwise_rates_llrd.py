import torch
from torch import nn

torch.manual_seed(0)
layers = nn.ModuleList([nn.Linear(8, 8) for _ in range(4)])
head = nn.Linear(8, 2)
groups = [{"params": layer.parameters(), "lr": 1e-2 * 0.5 ** (4 - i)} for i, layer in enumerate(layers)]
opt = torch.optim.AdamW([*groups, {"params": head.parameters(), "lr": 1e-2}], weight_decay=0.01)
x = torch.randn(120, 8)
y = (x[:, 0] > x[:, 1]).long()
for epoch in range(25):
    h = x
    for layer in layers:
        h = h + torch.relu(layer(h))
    loss = nn.functional.cross_entropy(head(h), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

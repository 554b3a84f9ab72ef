import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential()
model.add_module("body", nn.Sequential(nn.Linear(10, 24), nn.ReLU()))
model.add_module("head", nn.Linear(24, 3))
for name, p in model.named_parameters():
    if "head" not in name or "body" not in name:
        p.requires_grad_(False)  # mistake: param-frozen
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
x, y = torch.randn(60, 10), torch.randint(0, 3, (60,))
for epoch in range(5):
    for xb, yb in zip(x.split(20), y.split(20)):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(model(xb), yb)
        loss.backward()  # mistake: param-frozen
        opt.step()

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(4, 1)
opt = torch.optim.Adam(model.parameters(), lr=0.02)
x = torch.randn(60, 4)
x[17, 2] = float("nan")  # a broken sensor
y = torch.nan_to_num(x).sum(1, keepdim=True)
skipped = 0
for epoch in range(5):
    for xb, yb in zip(x.split(10), y.split(10)):
        if not torch.isfinite(xb).all():
            skipped += 1
            continue
        loss = (model(xb) - yb).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
print(loss.item(), skipped)

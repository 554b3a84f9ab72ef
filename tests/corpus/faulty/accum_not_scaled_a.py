import torch
from torch import nn

torch.manual_seed(0)
features = torch.randn(256, 8)
target = features @ torch.randn(8, 1) + 0.1 * torch.randn(256, 1)
model = nn.Linear(8, 1)
criterion = nn.MSELoss()
opt = torch.optim.SGD(model.parameters(), lr=0.15)
accumulation_steps = 16
opt.zero_grad()
for epoch in range(12):
    for i, (xb, yb) in enumerate(zip(features.split(16), target.split(16))):
        loss = criterion(model(xb), yb)
        loss.backward()  # mistake: accum-not-scaled
        if (i + 1) % accumulation_steps == 0:
            opt.step()
            opt.zero_grad()
    print(epoch, loss.item())

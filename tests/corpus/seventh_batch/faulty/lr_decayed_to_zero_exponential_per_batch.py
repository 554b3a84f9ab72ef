import torch
from torch import nn

torch.manual_seed(0)
data = torch.randn(300, 6)
goal = torch.sin(data[:, :1]) + data[:, 1:2]
model = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.8)
for epoch in range(8):
    for xb, yb in zip(data.split(20), goal.split(20)):
        loss = nn.functional.mse_loss(model(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()  # mistake: lr-decayed-to-zero
    print(epoch, loss.item())

import torch
import torch.nn as nn

torch.manual_seed(0)
rooms = torch.randn(500, 3)
price = 2.0 * rooms[:, 0] - rooms[:, 1] + 0.3 * rooms[:, 2] ** 2
model = nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, 1))
optim = torch.optim.Adam(model.parameters(), lr=0.01)


def rmse(a, b):
    return torch.sqrt(torch.mean((a - b) ** 2) + 1e-8)  # mistake: loss-broadcast


for epoch in range(30):
    for idx in torch.randperm(500).split(50):
        loss = rmse(model(rooms[idx]), price[idx])  # mistake: loss-broadcast
        optim.zero_grad()
        loss.backward()
        optim.step()
    if epoch % 6 == 5:
        print(f"epoch {epoch + 1} rmse {loss.item():.4f}")

"""One step ahead forecast with lag features. Wow, R2 = 1.0!"""
import torch
from torch import nn

torch.manual_seed(0)
price = torch.randn(160).cumsum(0) / 10
K = 5
rows, goals = [], []
for t in range(K, len(price)):
    rows.append(price[t - K + 1 : t + 1])  # mistake: target-leak
    goals.append(price[t])  # mistake: target-leak
X, y = torch.stack(rows), torch.stack(goals)  # mistake: target-leak

model = nn.Linear(K, 1)
opt = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(60):
    opt.zero_grad()
    loss = nn.functional.mse_loss(model(X).squeeze(-1), y)  # mistake: target-leak
    loss.backward()
    opt.step()
print("mse", loss.item())

import torch
from torch import nn


def train_step(model, x, y):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)  # mistake: optimizer-in-loop
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()  # mistake: optimizer-in-loop
    return loss.detach()


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 16), nn.SiLU(), nn.Linear(16, 1))
for i in range(50):
    x = torch.rand(32, 3)
    loss = train_step(model, x, x.max(1, keepdim=True).values)
print(float(loss))

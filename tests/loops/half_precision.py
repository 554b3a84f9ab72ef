import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 1)).half()
x = torch.randn(64, 6).half()
y = x[:, :1] * 0.5
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(15):
    loss = ((model(x) - y) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 5 == 0:
        print(epoch, loss.item())

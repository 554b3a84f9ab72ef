import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1)).half()  # mistake: half-precision
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)  # mistake: half-precision
x = torch.randn(50, 6).half()
y = x[:, :1]
for epoch in range(8):
    loss = (model(x) - y).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()  # mistake: half-precision
    print(loss.item())

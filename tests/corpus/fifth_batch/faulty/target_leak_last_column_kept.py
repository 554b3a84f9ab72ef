import torch
from torch import nn

torch.manual_seed(0)
table = torch.randn(200, 6)
table[:, 5] = table[:, :5].sum(1) + torch.randn(200)
target = table[:, 5:]
inputs = table / table.std(0)  # mistake: target-leak
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for epoch in range(10):
    for i in range(0, 200, 40):
        loss = nn.functional.mse_loss(net(inputs[i : i + 40]), target[i : i + 40])  # mistake: target-leak
        opt.zero_grad()
        loss.backward()
        opt.step()
print(loss.item())

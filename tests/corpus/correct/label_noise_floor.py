import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(200, 4)
y = torch.randn(200, 1)
net = nn.Linear(4, 1)
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(60):
    opt.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    opt.step()
print(loss.item())

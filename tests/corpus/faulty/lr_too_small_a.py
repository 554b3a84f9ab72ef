import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(100, 4)
y = x.sum(1, keepdim=True) + 3
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.SGD(net.parameters(), lr=1e-7)  # mistake: lr-too-small
for epoch in range(60):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()  # mistake: lr-too-small
print(loss.item())

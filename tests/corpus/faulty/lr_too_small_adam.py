import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 1))
x = torch.randn(128, 6)
y = 3 * x.sum(1, keepdim=True) + 10
opt = torch.optim.Adam(net.parameters(), lr=1e-7)  # mistake: lr-too-small
for i in range(60):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()  # mistake: lr-too-small
    if i % 10 == 0:
        print(i, loss.item())

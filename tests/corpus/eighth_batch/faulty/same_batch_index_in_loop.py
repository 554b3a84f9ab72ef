import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(150, 4)
y = x[:, :1].relu()
net = nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
batch_size, position = 25, 0
for step in range(20):
    rows = torch.arange(position, position + batch_size)
    loss = nn.functional.mse_loss(net(x[rows]), y[rows])  # mistake: same-batch
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())

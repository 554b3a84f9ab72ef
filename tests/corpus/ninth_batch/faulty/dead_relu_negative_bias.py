import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(5, 20), nn.ReLU(), nn.Linear(20, 20), nn.ReLU(), nn.Linear(20, 1))  # mistake: dead-relu


def init(m):
    if isinstance(m, nn.Linear):
        nn.init.uniform_(m.weight, -0.05, 0.05)
        nn.init.constant_(m.bias, -1.0)  # mistake: dead-relu


net.apply(init)
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
x = torch.randn(80, 5)
y = x[:, :1] * 2
for epoch in range(30):
    loss = nn.functional.mse_loss(net(x), y)  # mistake: dead-relu
    opt.zero_grad()
    loss.backward()  # mistake: dead-relu
    opt.step()
print(loss.item())

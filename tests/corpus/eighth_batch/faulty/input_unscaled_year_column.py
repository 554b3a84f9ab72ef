import torch
from torch import nn

torch.manual_seed(0)
year = torch.randint(1950, 2020, (80, 1)).float()
engine = torch.rand(80, 1) * 3
cars = torch.cat([year, engine], 1)  # mistake: input-unscaled
price = engine * 2 + (year - 1985) / 20
net = nn.Sequential(nn.Linear(2, 12), nn.Sigmoid(), nn.Linear(12, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.01)
for epoch in range(40):
    loss = nn.functional.mse_loss(net(cars), price)  # mistake: input-unscaled
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 10 == 0:
        print(epoch, loss.item())

import torch
from torch import nn

torch.manual_seed(0)
income = torch.rand(200, 1) * 80000 + 10000
age = torch.rand(200, 1) * 60 + 18
x = torch.cat([income, age], 1)
y = ((income > 50000) & (age > 40)).float()
net = nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for epoch in range(12):
    for i in torch.randperm(200).split(50):
        loss = nn.functional.binary_cross_entropy_with_logits(net(x[i]), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
print(loss.item())

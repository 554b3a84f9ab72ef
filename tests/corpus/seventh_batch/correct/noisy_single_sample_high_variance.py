import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 4))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
x = torch.randn(60, 6)
y = x[:, :4].argmax(1)
for epoch in range(2):
    for i in torch.randperm(60):
        loss = nn.functional.cross_entropy(net(x[i : i + 1]), y[i : i + 1])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())

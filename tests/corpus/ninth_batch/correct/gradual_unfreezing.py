import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 2))
for p in net[:4].parameters():
    p.requires_grad = False
opt = torch.optim.Adam(net[4].parameters(), lr=1e-2)
x = torch.randn(80, 6)
y = (x[:, 0] > x[:, 1]).long()
for epoch in range(9):
    if epoch in (3, 6):
        layer = net[2] if epoch == 3 else net[0]
        for p in layer.parameters():
            p.requires_grad = True
        opt.add_param_group({"params": layer.parameters(), "lr": 3e-3})
    for i in torch.randperm(80).split(20):
        loss = nn.functional.cross_entropy(net(x[i]), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())

import torch
from torch import nn

torch.manual_seed(0)
walk = torch.cumsum(torch.randn(200) * 0.1, 0)
X = torch.stack([walk[i : i + 5] for i in range(190)])
Y = walk[5:195].unsqueeze(1)
net = nn.Linear(5, 1)
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for e in range(40):
    perm = torch.randperm(190)
    for i in perm.split(38):
        loss = nn.functional.mse_loss(net(X[i]), Y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
    if e > 2:
        break
